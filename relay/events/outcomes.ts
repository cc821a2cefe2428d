/** The outcomes of events, which follow from the cursors of subscriptions, dead letters and stored attempts. */

import { selectsDelivery, type DeliveryActions } from '../../wire/action-filter.ts';
import { OUTCOMES, type EventAtZap, type Outcome } from '../../wire/console-api.ts';
import type { AttemptSummary, EventFacts, ListedLetter, StoredEvent } from '../store/console-store.ts';
import type { Subscription } from '../store/subscription.ts';

/** The facts about one event, by subscription. */
interface FactsOfEvent {
  readonly letters: Map<string, ListedLetter>;
  readonly attempts: Map<string, AttemptSummary>;
}

/** Facts about events, by event. */
export type FactsByEvent = ReadonlyMap<number, FactsOfEvent>;

/** Returns facts by event and subscription. */
export function factsByEvent({ letters, attempts }: EventFacts): FactsByEvent {
  const facts = new Map<number, FactsOfEvent>();
  const factsOf = (seq: number): FactsOfEvent => {
    const known = facts.get(seq) ?? { letters: new Map(), attempts: new Map() };
    facts.set(seq, known);
    return known;
  };
  for (const letter of letters) factsOf(letter.seq).letters.set(letter.subscriptionId, letter);
  for (const attempt of attempts) factsOf(attempt.seq).attempts.set(attempt.subscriptionId, attempt);
  return facts;
}

/** Returns the most urgent outcome; `not_wanted` if there is none. */
export const mostUrgent = (outcomes: readonly Outcome[]): Outcome =>
  OUTCOMES.find((outcome) => outcomes.includes(outcome)) ?? 'not_wanted';

/** Returns the outcome that a subscription's cursor indicates for an event that it selects. */
const outcomeAt = (seq: number, { startsAfter, cursor }: Subscription): Outcome => {
  if (seq <= startsAfter) return 'not_wanted';
  return seq <= cursor ? 'delivered' : 'waiting';
};

/** Returns the outcome that the cursors of all subscriptions indicate for an event. */
export const outcomeByCursors = (
  seq: number,
  actions: DeliveryActions,
  subscriptions: readonly Subscription[],
): Outcome =>
  mostUrgent(
    subscriptions
      .filter(({ filter }) => selectsDelivery(filter, actions))
      .map((subscription) => outcomeAt(seq, subscription)),
  );

function outcomeFor(
  seq: number,
  subscription: Subscription,
  letter: ListedLetter | undefined,
  attempt: AttemptSummary | undefined,
): Outcome {
  const hasFailed = attempt !== undefined && attempt.lastFailure !== null;
  if (letter) {
    if (!letter.isRedriven) return 'given_up';
    // The attempts before the redrive made the event a dead letter.
    return hasFailed && attempt.lastEndedAt > (letter.redrivenAt ?? 0) ? 'failed' : 'waiting';
  }
  const outcome = outcomeAt(seq, subscription);
  if (outcome === 'waiting' && hasFailed) return 'failed';
  // A subscription receives an event that arrived before its creation only if the event is sent again.
  if (outcome === 'not_wanted' && attempt && !hasFailed) return 'delivered';
  return outcome;
}

/** Returns the outcome of an event for each subscription that selects it. */
export function fatesOf(
  { seq, actions }: StoredEvent,
  subscriptions: readonly Subscription[],
  facts: FactsByEvent,
): EventAtZap[] {
  const { letters, attempts } = facts.get(seq) ?? {};
  return subscriptions
    .filter(({ filter }) => selectsDelivery(filter, actions))
    .map((subscription) => {
      const [letter, attempt] = [letters?.get(subscription.id), attempts?.get(subscription.id)];
      return {
        zap: subscription.id,
        outcome: outcomeFor(seq, subscription, letter, attempt),
        was_on: seq > subscription.startsAfter,
        is_sent_again: letter?.isSentAgain === true || attempt?.isSentAgain === true,
      };
    });
}
