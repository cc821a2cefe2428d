import { tutor } from '../objects/tutor.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { booleanInput } from '../src/inputs/boolean.ts';
import { choiceInput, statusesOf } from '../src/inputs/choice.ts';
import { named } from '../src/inputs/input.ts';
import { tutorSearch } from '../searches/tutor.ts';
import { personActions } from './person.ts';

export const { create: createTutor, update: updateTutor } = personActions({
  object: tutor,
  createKey: 'create_tutor',
  updateKey: 'update_tutor',
  noun: 'a tutor',
  search: tutorSearch,
  own: [
    choiceInput(named('status'), statusesOf(tutor)),
    amountInput(
      named('default_rate', { helpText: 'The hourly rate that the tutor is paid unless a job has its own rate.' }),
    ),
    booleanInput(
      named('job_notifications', {
        becomes: 'receive_service_notifications',
        helpText: 'Whether TutorCruncher emails the tutor about available jobs.',
      }),
    ),
  ],
});
