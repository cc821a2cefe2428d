import type { Trigger } from '../src/trigger.ts';
import { adHocChargeTriggers } from './ad-hoc-charge.ts';
import { affiliateTriggers } from './affiliate.ts';
import { anyEventTriggers } from './any-event.ts';
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

/** Every trigger, in the order of the README. */
export const webhookTriggers: readonly Trigger[] = [
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
  ...anyEventTriggers,
];

/** The definitions of the triggers by key, for zapier-platform-core. */
export const triggers = Object.fromEntries(webhookTriggers.map(({ definition }) => [definition.key, definition]));
