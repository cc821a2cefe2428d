/** The ranges and action lists that a search must read. They exclude most events that cannot meet the conditions. */

import { selectsDelivery, type DeliveryActions } from '../../wire/action-filter.ts';
import type { EventConditions, Outcome } from '../../wire/console-api.ts';
import type { EventIndex, ListRange, NotableKind, SeqRange } from '../store/console-store.ts';
import { HOUR_MS } from '../store/store.ts';
import type { Subscription } from '../store/subscription.ts';
import { outcomeByCursors } from './outcomes.ts';

/** The kinds of events whose outcome may differ from the outcome that cursors indicate. */
const KINDS: Readonly<Record<Outcome, readonly NotableKind[]>> = {
  failed: ['redriven', 'attempted'],
  given_up: ['dead'],
  waiting: ['redriven'],
  delivered: ['attempted'],
  not_wanted: [],
};

/** The kinds of events that are shown even after their retention period. */
const KEPT_KINDS: readonly NotableKind[] = ['dead', 'redriven'];

/** Returns true if an event with these actions may match the requested actions. */
export const hasAction = (actions: DeliveryActions, wanted: EventConditions['action']): boolean =>
  wanted === undefined || (actions?.some((action) => wanted.includes(action)) ?? false);

/**
 * Returns the range of sequence numbers in which events may have arrived in a period. Processes may store events out of
 * order, so the range begins an hour early.
 */
export function rangeOf(hours: EventIndex['hours'], { from = 0, to = Infinity }: EventConditions): SeqRange {
  const before = hours.filter(({ hour }) => hour < Math.floor(from / HOUR_MS) - 1);
  const until = hours.filter(({ hour }) => hour * HOUR_MS < to);
  const after = Math.max(0, ...before.map(({ lastSeq }) => lastSeq));
  const isOpen = until.length === hours.length;
  return { after, upTo: isOpen ? Number.MAX_SAFE_INTEGER : Math.max(after, ...until.map(({ lastSeq }) => lastSeq)) };
}

/** Returns the intersection of two ranges; null if the intersection is empty. */
function intersection(one: SeqRange, other: SeqRange): SeqRange | null {
  const range = { after: Math.max(one.after, other.after), upTo: Math.min(one.upTo, other.upTo) };
  return range.after < range.upTo ? range : null;
}

/** Returns the ranges in which cursors indicate the same outcomes, in order. */
export function rangesBetweenCursors(subscriptions: readonly Subscription[], within: SeqRange): SeqRange[] {
  const positions = subscriptions.flatMap(({ startsAfter, cursor }) => [startsAfter, cursor]);
  const ends = [...new Set([...positions, within.upTo])]
    .filter((seq) => seq > within.after && seq <= within.upTo)
    .sort((one, other) => one - other);
  return ends.map((upTo, index) => ({ after: ends[index - 1] ?? within.after, upTo }));
}

/** Returns the ranges of a list in which cursors indicate an outcome. */
function rangesWith(
  outcome: Outcome,
  actions: DeliveryActions,
  subscriptions: readonly Subscription[],
  within: SeqRange,
): SeqRange[] {
  const selecting = subscriptions.filter(({ filter }) => selectsDelivery(filter, actions));
  return rangesBetweenCursors(selecting, within).filter(
    ({ upTo }) => outcomeByCursors(upTo, actions, selecting) === outcome,
  );
}

/** Returns the ranges of action lists in which events may meet conditions, ignoring events of a notable kind. */
export function listRanges(
  { lists, expiredUpTo }: EventIndex,
  { outcome, zap, action }: EventConditions,
  subscriptions: readonly Subscription[],
  within: SeqRange,
): ListRange[] {
  const range = intersection(within, { after: expiredUpTo, upTo: Number.MAX_SAFE_INTEGER });
  if (!range || outcome === 'failed' || outcome === 'given_up') return [];
  if (outcome === undefined && zap === undefined && action === undefined) return [{ listId: null, ...range }];
  const concerned = subscriptions.filter(({ id }) => zap === undefined || id === zap);
  return lists.flatMap(({ id: listId, actions }): ListRange[] => {
    // Events without an action list may have any actions.
    if (actions === null) return [{ listId, ...range }];
    if (!hasAction(actions, action)) return [];
    if (outcome !== undefined) {
      return rangesWith(outcome, actions, concerned, range).map((part) => ({ listId, ...part }));
    }
    const isSelected = concerned.some(({ filter }) => selectsDelivery(filter, actions));
    return zap === undefined || isSelected ? [{ listId, ...range }] : [];
  });
}

/** A notable kind of events, and the range in which they may meet conditions. */
export interface KindRange {
  readonly kind: NotableKind;
  readonly range: SeqRange;
}

/** Returns the notable kinds of events that may meet conditions. */
export function kindRanges({ expiredUpTo }: EventIndex, outcome: Outcome | undefined, within: SeqRange): KindRange[] {
  const expired = intersection(within, { after: 0, upTo: expiredUpTo });
  const kept = expired ? KEPT_KINDS.map((kind) => ({ kind, range: expired })) : [];
  if (outcome === undefined) return kept;
  const kinds = KINDS[outcome].map((kind) => ({ kind, range: within }));
  return [...kinds, ...kept.filter(({ kind }) => !KINDS[outcome].includes(kind))];
}
