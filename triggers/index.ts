import type { Trigger } from '../src/trigger.ts';
import { anyEventTriggers } from './any-event.ts';
import { objectTriggers } from './object-triggers.ts';

/** Every trigger, in the order of the README. */
export const webhookTriggers: readonly Trigger[] = [...objectTriggers, ...anyEventTriggers];

/** The definitions of the triggers by key, for zapier-platform-core. */
export const triggers = Object.fromEntries(webhookTriggers.map(({ definition }) => [definition.key, definition]));
