import type { RecordWord, TutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import { adHocCharge } from './ad-hoc-charge.ts';
import { affiliate } from './affiliate.ts';
import { application } from './application.ts';
import { balanceChange } from './balance-change.ts';
import { client } from './client.ts';
import { creditRequest } from './credit-request.ts';
import { invoice } from './invoice.ts';
import { job } from './job.ts';
import { lesson } from './lesson.ts';
import { note } from './note.ts';
import { packageObject } from './package.ts';
import { paymentOrder } from './payment-order.ts';
import { report } from './report.ts';
import { review } from './review.ts';
import { student } from './student.ts';
import { task } from './task.ts';
import { tutor } from './tutor.ts';
import { wellbeingConcern } from './wellbeing-concern.ts';

/** Every object that an event can be about, in the order of docs/steps.md. */
export const objects: readonly TutorCruncherObject[] = [
  client,
  tutor,
  student,
  affiliate,
  job,
  application,
  lesson,
  report,
  invoice,
  creditRequest,
  paymentOrder,
  adHocCharge,
  packageObject,
  note,
  task,
  wellbeingConcern,
];

/** Every object whose records a Zap can get, including objects without events. */
export const recordObjects: readonly TutorCruncherObject<RecordWord>[] = [...objects, review, balanceChange];
