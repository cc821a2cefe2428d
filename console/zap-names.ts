/** Names of Zaps, the choices in their triggers, their numbers, and the URLs of their editors. */

import type { ConsoleZap, EndedZap, OverviewResponse } from '../wire/console-api.ts';
import { listedActions } from '../wire/action-filter.ts';
import { eventText, TRIGGERS, type TriggerName } from './event-words.ts';
import { dayAndTime } from './times.ts';

/** Name of a Zap that the relay no longer knows. */
export const UNKNOWN_ZAP = 'A Zap that is off';

/** Removes characters that change the direction of the surrounding text. */
const withoutDirections = (text: string): string => text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');

/** Returns the label of a Zap's trigger. If the connector sent no label, returns a name based on the action filter. */
function triggerLabel(zap: ConsoleZap, triggers: readonly TriggerName[]): string {
  if (zap.description) return withoutDirections(zap.description.trigger);
  const [action] = listedActions('actions' in zap ? { actions: zap.actions } : { all_except: zap.all_except });
  if (action === undefined) return 'New Event';
  return triggers.find(({ actions }) => actions.includes(action))?.label ?? 'New Event';
}

/** Describes the choices in a Zap's trigger, such as `Status: complete`. Replaces the keys of actions with words. */
export const optionsText = ({ description }: Pick<ConsoleZap, 'description'>): string =>
  (description?.options ?? [])
    .map(({ label, value }) => `${label}: ${value.replace(/\b[A-Z]+(?:_[A-Z]+)+\b/g, (action) => eventText(action))}`)
    .map(withoutDirections)
    .join(' · ');

/** Returns the number that identifies a Zap at Zapier, such as `284561172`; null if the number is unknown. */
export const zapId = ({ description }: Pick<ConsoleZap, 'description'>): string | null =>
  /^\d{1,20}$/.exec(description?.zap_id ?? '')?.[0] ?? null;

/** Returns a Zap's number as text, such as `Zap 284561172`; null if the number is unknown. */
export function zapNumber(zap: Pick<ConsoleZap, 'description'>): string | null {
  const id = zapId(zap);
  return id === null ? null : `Zap ${id}`;
}

/**
 * Returns the names of Zaps, keyed by Zap id. A name starts with the label of the trigger, because the relay does not
 * know the titles of Zaps. If several Zaps have the same label, the names also contain the choices. If the names are
 * still not unique, the names also contain the Zaps' numbers or the times when the Zaps were turned on. The name of a
 * Zap that is off contains the time when it was turned off.
 */
export function zapNames(
  { zaps, ended_zaps, now }: Pick<OverviewResponse, 'zaps' | 'ended_zaps' | 'now'>,
  triggers = TRIGGERS,
): ReadonlyMap<string, string> {
  const label = (zap: ConsoleZap) => triggerLabel(zap, triggers);
  const withOptions = (zap: ConsoleZap) => [label(zap), optionsText(zap)].filter((text) => text !== '').join(', ');
  const withNumber = (zap: ConsoleZap) =>
    `${withOptions(zap)}, ${zapNumber(zap) ?? `on since ${dayAndTime(zap.created_at, now)}`}`;
  const nameOf = (zap: ConsoleZap) => {
    const isUnique = (name: (zap: ConsoleZap) => string) =>
      zaps.filter((other) => name(other) === name(zap)).length === 1;
    return ([label, withOptions].find(isUnique) ?? withNumber)(zap);
  };
  const nameOfEnded = ({ description, ended_at }: EndedZap) =>
    `${withoutDirections(description?.trigger ?? 'A Zap')}, off since ${dayAndTime(ended_at, now)}`;
  return new Map([
    ...zaps.map((zap) => [zap.id, nameOf(zap)] as const),
    ...ended_zaps.map((zap) => [zap.id, nameOfEnded(zap)] as const),
  ]);
}

/** Returns the URL of a Zap's editor; null if the Zap's number is unknown. */
export function editorUrl(zap: Pick<ConsoleZap, 'description'>): string | null {
  const id = zapId(zap);
  return id === null ? null : `https://zapier.com/editor/${id}`;
}
