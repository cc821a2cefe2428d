/** Sample deliveries of the triggers, with current times. */

import { webhookTriggers } from '../triggers/index.ts';
import { CommandError } from './command-error.ts';
import { suggestion } from '../relay/suggestion.ts';

/** Returns true for the key of a trigger that a Zap can start with. */
export const isTriggerKey = (key: string): boolean => webhookTriggers.some(({ definition }) => definition.key === key);

/**
 * Returns a delivery that contains the sample event of a trigger.
 *
 * @throws {CommandError} if there is no such trigger
 */
export function sampleDelivery(triggerKey: string): object {
  const trigger = webhookTriggers.find(({ definition }) => definition.key === triggerKey);
  if (!trigger) {
    const keys = webhookTriggers.map(({ definition }) => definition.key);
    throw new CommandError(
      `There is no trigger "${triggerKey}".${suggestion(triggerKey, keys)} README.md lists the trigger keys.`,
    );
  }
  return { request_time: Math.floor(Date.now() / 1000), events: [trigger.sampleEvent] };
}
