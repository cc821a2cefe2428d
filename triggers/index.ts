import { objects } from '../objects/index.ts';
import { lesson } from '../objects/lesson.ts';
import { wellbeingConcernActions } from '../objects/wellbeing-concern.ts';
import { anyObjectTrigger } from '../src/instant/any-object-trigger.ts';
import { IS_RELAYED } from '../src/instant/event-source.ts';
import { noticeTrigger } from '../src/instant/notice-trigger.ts';
import type { PolledTrigger } from '../src/polled/polled-trigger.ts';
import type { Trigger } from '../src/instant/trigger.ts';
import { CONCERN_WORDS } from '../wire/models.ts';
import { adHocChargeTriggers } from './ad-hoc-charge.ts';
import { affiliateTriggers } from './affiliate.ts';
import { applicationTriggers } from './application.ts';
import { balanceBelow, balanceChangeCreated } from './balance-change.ts';
import { clientTriggers } from './client.ts';
import { creditRequestOverdue, creditRequestTriggers } from './credit-request.ts';
import { invoiceOverdue, invoiceTriggers } from './invoice.ts';
import { jobTriggers, jobWaitingForTutor } from './job.ts';
import { lessonTriggers, polledLessonTriggers } from './lesson.ts';
import { noteTriggers } from './note.ts';
import { packageTriggers } from './package.ts';
import { paymentOrderTriggers } from './payment-order.ts';
import { reportApproved, reportTriggers } from './report.ts';
import { reviewCreated } from './review.ts';
import { studentTriggers } from './student.ts';
import { taskDue, taskTriggers } from './task.ts';
import { tutorTriggers } from './tutor.ts';

/** Every trigger about one object, in the order of docs/steps.md. */
const objectTriggers: readonly Trigger[] = [
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

/** Every trigger that runs on a webhook, in the order of docs/steps.md, including triggers that need a relay. */
export const webhookTriggers: readonly Trigger[] = [
  ...objectTriggers,
  anyObjectTrigger({
    key: 'any_event',
    label: 'New Event',
    description: 'Triggers when anything happens in the branch.',
    objects,
    objectTriggers,
    sampleObject: lesson,
    except: wellbeingConcernActions,
    exceptAbout: CONCERN_WORDS,
  }),
];

/** Triggers about problems with the delivery of events. Only apps that are built for a relay have these triggers. */
export const noticeTriggers = [
  noticeTrigger({
    key: 'delivery_problem',
    label: 'Delivery Problem',
    description: 'Triggers when events stop arriving, or cannot be delivered to one of your Zaps.',
  }),
];

/** Every trigger that Zapier polls every few minutes, in the order of docs/steps.md. */
export const polledTriggers: readonly PolledTrigger[] = [
  jobWaitingForTutor,
  ...polledLessonTriggers,
  reportApproved,
  reviewCreated,
  invoiceOverdue,
  creditRequestOverdue,
  balanceChangeCreated,
  balanceBelow,
  taskDue,
];

/** The definitions for zapier-platform-core, by the key of the trigger. */
export const triggers = Object.fromEntries(
  [
    ...webhookTriggers.filter(({ needsRelay }) => IS_RELAYED || !needsRelay),
    ...polledTriggers,
    ...(IS_RELAYED ? noticeTriggers : []),
  ].map(({ definition }) => [definition.key, definition]),
);
