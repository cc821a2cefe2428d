import type { PolledTrigger } from '../src/polled/polled-trigger.ts';
import type { Trigger } from '../src/trigger.ts';
import { anyEventTriggers } from './any-event.ts';
import { EVENT_SOURCE } from '../src/event-source.ts';
import { polledBalanceTriggers } from './balance-change.ts';
import { polledCreditRequestTriggers } from './credit-request.ts';
import { noticeTriggers } from './delivery-problem.ts';
import { polledInvoiceTriggers } from './invoice.ts';
import { polledLessonTriggers } from './lesson.ts';
import { objectTriggers } from './object-triggers.ts';
import { polledReviewTriggers } from './review.ts';
import { polledTaskTriggers } from './task.ts';

/** Every trigger that runs on a webhook, in the order of the README. */
export const webhookTriggers: readonly Trigger[] = [...objectTriggers, ...anyEventTriggers];

/** Every trigger that Zapier runs every few minutes, in the order of the README. */
export const polledTriggers: readonly PolledTrigger[] = [
  ...polledLessonTriggers,
  ...polledReviewTriggers,
  ...polledInvoiceTriggers,
  ...polledCreditRequestTriggers,
  ...polledBalanceTriggers,
  ...polledTaskTriggers,
];

/** The definitions of the triggers by key, for zapier-platform-core. */
export const triggers = Object.fromEntries(
  [...webhookTriggers, ...polledTriggers, ...(EVENT_SOURCE.kind.isRelayed ? noticeTriggers : [])].map(
    ({ definition }) => [definition.key, definition],
  ),
);
