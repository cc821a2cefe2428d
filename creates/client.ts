import { client } from '../objects/client.ts';
import { booleanInput } from '../src/inputs/boolean.ts';
import { choiceInput, choicesInput, choicesOf, statusesOf } from '../src/inputs/choice.ts';
import { named } from '../src/inputs/input.ts';
import { mappedRecordInput, objectInput, recordInput } from '../src/inputs/record-id.ts';
import { clientSearch } from '../searches/client.ts';
import { personActions } from './person.ts';

export const { create: createClient, update: updateClient } = personActions({
  object: client,
  createKey: 'create_client',
  updateKey: 'update_client',
  noun: 'a client',
  search: clientSearch,
  own: [
    choiceInput(named('status'), statusesOf(client)),
    recordInput(named('pipeline_stage', { helpText: 'Only clients with the status Prospect have a pipeline stage.' }), {
      list: 'pipeline_stage_list',
    }),
    objectInput('affiliate', { becomes: 'associated_agent' }),
    mappedRecordInput(
      named('manager', {
        becomes: 'associated_admin',
        helpText:
          'The administrator who looks after the client. TutorCruncher does not list its administrators, so map the Client ' +
          "Manager ID of another client's record into this field.",
      }),
    ),
    booleanInput(named('taxable', { becomes: 'is_taxable' })),
    choicesInput(
      named('notifications', {
        becomes: 'received_notifications',
        helpText: 'The emails that the client receives from TutorCruncher. Your choice replaces the previous one.',
      }),
      choicesOf([
        ...['broadcasts', 'apt_reminders', 'low_balance_reminders', 'invoice_reminders', 'pfi_reminders', 'invoices'],
        'credit_requests',
      ]),
    ),
  ],
});
