import type { Trigger } from '../src/trigger.ts';
import { adHocChargeTriggers } from './ad-hoc-charge.ts';
import { affiliateTriggers } from './affiliate.ts';
import { applicationTriggers } from './application.ts';
import { clientTriggers } from './client.ts';
import { creditRequestTriggers } from './credit-request.ts';
import { invoiceTriggers } from './invoice.ts';
import { jobTriggers } from './job.ts';
import { lessonTriggers } from './lesson.ts';
import { noteTriggers } from './note.ts';
import { packageTriggers } from './package.ts';
import { paymentOrderTriggers } from './payment-order.ts';
import { reportTriggers } from './report.ts';
import { studentTriggers } from './student.ts';
import { taskTriggers } from './task.ts';
import { tutorTriggers } from './tutor.ts';

/** Every trigger about one object, in the order of the README. */
export const objectTriggers: readonly Trigger[] = [
  ...clientTriggers,
  ...tutorTriggers,
  ...studentTriggers,
  ...affiliateTriggers,
  ...jobTriggers,
  ...applicationTriggers,
  ...lessonTriggers,
  ...reportTriggers,
  ...invoiceTriggers,
  ...creditRequestTriggers,
  ...paymentOrderTriggers,
  ...adHocChargeTriggers,
  ...packageTriggers,
  ...noteTriggers,
  ...taskTriggers,
];
