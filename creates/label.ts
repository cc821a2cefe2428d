import { affiliate } from '../objects/affiliate.ts';
import { client } from '../objects/client.ts';
import { job } from '../objects/job.ts';
import { student } from '../objects/student.ts';
import { tutor } from '../objects/tutor.ts';
import { labelAction } from '../src/label-action.ts';

const objects = [client, student, tutor, affiliate, job];

export const addLabel = labelAction({
  key: 'add_label',
  label: 'Add Label',
  description:
    'Adds a label to a client, student, tutor, affiliate or job. TutorCruncher sends the emails that are set up for the label.',
  objects,
  endpoint: 'add_label',
  labelHelp:
    'In TutorCruncher, a label can be limited to some kinds of records, and can have emails that are sent when it is added.',
  unknownOutcome: 'The label may still have been added. Replaying this run does no harm: a label is added only once.',
});

export const removeLabel = labelAction({
  key: 'remove_label',
  label: 'Remove Label',
  description: 'Removes a label from a client, student, tutor, affiliate or job.',
  objects,
  endpoint: 'remove_label',
  labelHelp: 'The label to remove. If the record does not have it, nothing changes.',
  unknownOutcome: 'The label may still have been removed. Replaying this run does no harm.',
});
