/** Every object that events are about, in the README's order. */

import type { TutorCruncherObject } from '../src/tutorcruncher-object.ts';
import { adHocCharge } from '../triggers/ad-hoc-charge.ts';
import { affiliate } from '../triggers/affiliate.ts';
import { application } from '../triggers/application.ts';
import { client } from '../triggers/client.ts';
import { creditRequest } from '../triggers/credit-request.ts';
import { invoice } from '../triggers/invoice.ts';
import { job } from '../triggers/job.ts';
import { lesson } from '../triggers/lesson.ts';
import { note } from '../triggers/note.ts';
import { packageObject } from '../triggers/package.ts';
import { paymentOrder } from '../triggers/payment-order.ts';
import { report } from '../triggers/report.ts';
import { student } from '../triggers/student.ts';
import { task } from '../triggers/task.ts';
import { tutor } from '../triggers/tutor.ts';
import { wellbeingConcern } from '../triggers/wellbeing-concern.ts';

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
