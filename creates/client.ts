import { client } from '../objects/client.ts';
import { objectAction } from '../src/create.ts';
import { booleanInput } from '../src/inputs/boolean.ts';
import { choiceInput, choicesInput, choicesOf, statusesOf } from '../src/inputs/choice.ts';
import { mappedRecordInput, recordInput } from '../src/inputs/record-id.ts';
import { createPerson, creationTexts, updateChosen, updateTexts } from '../src/person-actions.ts';
import { clientSearch } from '../searches/client.ts';
import { APPEARANCE, CHANGED_PERSON, NEW_PERSON, PERSON_GROUPS, WELCOME_EMAIL } from './person-inputs.ts';
import { UPDATE_HELP } from './update-help.ts';

/** Fields that only clients have. */
const OWN = [
  choiceInput({ key: 'status', label: 'Status', becomes: 'status' }, statusesOf(client)),
  recordInput(
    {
      key: 'pipeline_stage',
      label: 'Pipeline Stage',
      becomes: 'pipeline_stage',
      helpText: 'Only clients with the status Prospect have a pipeline stage.',
    },
    { list: 'pipeline_stage_list' },
  ),
  recordInput(
    { key: 'affiliate', label: 'Affiliate', becomes: 'associated_agent' },
    { list: 'affiliate_list', search: 'find_affiliate' },
  ),
  mappedRecordInput({
    key: 'manager',
    label: 'Manager',
    becomes: 'associated_admin',
    helpText:
      'The administrator who looks after the client. TutorCruncher does not list its administrators, so map the Client ' +
      "Manager ID of another client's record into this field.",
  }),
  booleanInput({ key: 'taxable', label: 'Taxable', becomes: 'is_taxable' }),
  choicesInput(
    {
      key: 'notifications',
      label: 'Notifications',
      becomes: 'received_notifications',
      helpText: 'The emails that the client receives from TutorCruncher. Your choice replaces the previous one.',
    },
    choicesOf([
      ...['broadcasts', 'apt_reminders', 'low_balance_reminders', 'invoice_reminders', 'pfi_reminders', 'invoices'],
      'credit_requests',
    ]),
  ),
];

const CHOSEN = recordInput(
  { key: 'client', label: 'Client', becomes: null, required: true, helpText: UPDATE_HELP },
  { list: 'client_list', search: 'find_client' },
);

export const createClient = objectAction({
  key: 'create_client',
  label: 'Create Client',
  description: 'Creates a client. Emails them only if you choose to.',
  object: client,
  inputs: [...NEW_PERSON, ...OWN, WELCOME_EMAIL, ...APPEARANCE],
  groups: PERSON_GROUPS,
  hasCustomFields: true,
  search: clientSearch,
  toWrite: createPerson(client),
  ...creationTexts(client, 'Client'),
});

export const updateClient = objectAction({
  key: 'update_client',
  label: 'Update Client',
  description: 'Updates a client. Fields left empty keep their values.',
  object: client,
  inputs: [CHOSEN, ...CHANGED_PERSON, ...OWN, ...APPEARANCE],
  groups: PERSON_GROUPS,
  hasCustomFields: true,
  chosen: CHOSEN,
  toWrite: updateChosen(client, CHOSEN),
  ...updateTexts(client),
});
