/** Sample deliveries of the triggers. */

import { polledTriggers, webhookTriggers } from '../triggers/index.ts';
import type { JsonObject } from '../wire/json.ts';
import { CommandError } from './command-error.ts';
import { suggestion } from '../relay/suggestion.ts';

function triggerOf(triggerKey: string) {
  const trigger = webhookTriggers.find(({ definition }) => definition.key === triggerKey);
  if (trigger) return trigger;
  if (polledTriggers.some(({ definition }) => definition.key === triggerKey)) {
    throw new CommandError(
      `No webhook starts the trigger "${triggerKey}": Zapier polls it. Run it once: npm start -- poll ${triggerKey}`,
    );
  }
  const keys = webhookTriggers.map(({ definition }) => definition.key);
  throw new CommandError(
    `There is no trigger "${triggerKey}".${suggestion(triggerKey, keys)} docs/steps.md lists the trigger keys.`,
  );
}

/** Returns a delivery of a trigger's sample event, sent now. @throws {CommandError} if there is no such trigger */
export const sampleDelivery = (triggerKey: string): object => ({
  request_time: Math.floor(Date.now() / 1000),
  events: [triggerOf(triggerKey).sampleEvent],
});

/**
 * Returns the deliveries of a record's creation and of a change an hour later, and the trigger that reports the change.
 */
function changeOf(createdTrigger: string, trigger: string, id: number, changes: JsonObject) {
  const deliveries = [
    { key: createdTrigger, timestamp: '2026-06-01T09:00:00.000000Z', fields: {} },
    { key: trigger, timestamp: '2026-06-01T10:00:00.000000Z', fields: changes },
  ].map(({ key, timestamp, fields }) => {
    const { subject, ...event } = triggerOf(key).sampleEvent;
    const url = String(subject.url).replace(/\d+\/$/, `${id}/`);
    const events = [{ ...event, timestamp, subject: { ...subject, ...fields, id, url } }];
    return { request_time: Date.parse(timestamp) / 1000, events };
  });
  return { trigger, deliveries };
}

/**
 * Returns the deliveries of a lesson that is moved from 17:00 on Wed 10 Jun 2026 in London to 18:00 on the next day.
 */
export const lessonMoved = () =>
  changeOf('lesson_created', 'lesson_updated', 8001, { start: '2026-06-11T17:00:00Z', finish: '2026-06-11T18:30:00Z' });

/** Returns the deliveries of an unpaid invoice that is paid in full. */
export const invoicePaid = () => changeOf('invoice_raised', 'invoice_paid', 148, {});
