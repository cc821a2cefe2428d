import { tutor } from '../objects/tutor.ts';
import { objectAction } from '../src/create.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { booleanInput } from '../src/inputs/boolean.ts';
import { choiceInput, statusesOf } from '../src/inputs/choice.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { createPerson, creationTexts, updateChosen, updateTexts } from '../src/person-actions.ts';
import { tutorSearch } from '../searches/tutor.ts';
import { APPEARANCE, CHANGED_PERSON, NEW_PERSON, PERSON_GROUPS, WELCOME_EMAIL } from './person-inputs.ts';
import { UPDATE_HELP } from './update-help.ts';

/** Fields that only tutors have. */
const OWN = [
  choiceInput({ key: 'status', label: 'Status', becomes: 'status' }, statusesOf(tutor)),
  amountInput({
    key: 'default_rate',
    label: 'Default Rate',
    becomes: 'default_rate',
    helpText: 'The hourly rate that the tutor is paid unless a job has its own rate.',
  }),
  booleanInput({
    key: 'job_notifications',
    label: 'Job Notifications',
    becomes: 'receive_service_notifications',
    helpText: 'Whether TutorCruncher emails the tutor about available jobs.',
  }),
];

const CHOSEN = recordInput(
  { key: 'tutor', label: 'Tutor', becomes: null, required: true, helpText: UPDATE_HELP },
  { list: 'tutor_list', search: 'find_tutor' },
);

export const createTutor = objectAction({
  key: 'create_tutor',
  label: 'Create Tutor',
  description: 'Creates a tutor. Emails them only if you choose to.',
  object: tutor,
  inputs: [...NEW_PERSON, ...OWN, WELCOME_EMAIL, ...APPEARANCE],
  groups: PERSON_GROUPS,
  hasCustomFields: true,
  search: tutorSearch,
  toWrite: createPerson(tutor),
  ...creationTexts(tutor, 'Tutor'),
});

export const updateTutor = objectAction({
  key: 'update_tutor',
  label: 'Update Tutor',
  description: 'Updates a tutor. Fields left empty keep their values.',
  object: tutor,
  inputs: [CHOSEN, ...CHANGED_PERSON, ...OWN, ...APPEARANCE],
  groups: PERSON_GROUPS,
  hasCustomFields: true,
  chosen: CHOSEN,
  toWrite: updateChosen(tutor, CHOSEN),
  ...updateTexts(tutor),
});
