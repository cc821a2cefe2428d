/** Outcomes of events as text. If an event has a wrong signature, the text of every outcome mentions the signature. */

import type { Outcome } from '../wire/console-api.ts';

const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  failed: 'Will retry',
  given_up: 'Stopped',
  waiting: 'Waiting',
  delivered: 'Delivered',
  not_wanted: 'No Zap for this',
};

/** Returns true if a Zap refused an event because of a wrong signature, although Zapier has accepted the event. */
export const isRefused = (outcome: Outcome, isForged: boolean): boolean => isForged && outcome === 'delivered';

/** Returns the outcome of an event as text. @param isForged - true if the event has a wrong signature */
export function outcomeText(outcome: Outcome, isForged = false, words = OUTCOME_WORDS[outcome]): string {
  if (isRefused(outcome, isForged)) return 'Wrong signature';
  return isForged ? `${words}, wrong signature` : words;
}

/**
 * Returns the outcome of an event for one Zap as text. The text also fits a Zap that was turned on after the event had
 * arrived and has not received the event.
 */
export const outcomeTextAtZap = (outcome: Outcome, isForged: boolean): string =>
  outcomeText(outcome, isForged, outcome === 'not_wanted' ? 'Not sent' : OUTCOME_WORDS[outcome]);

/** Explanations of the outcomes for events with a wrong signature. Every Zap refuses these events. */
export const FORGED_TEXTS: Readonly<Record<Outcome, string>> = {
  failed: 'Zapier has not accepted the event yet. The Zap will refuse it.',
  given_up: 'Zapier did not accept the event, and the Zap would have refused it. You do not need to do anything.',
  waiting: 'The event is waiting for its turn. The Zap will refuse it.',
  delivered: 'The Zap refused the event.',
  not_wanted: 'No Zap gets this event.',
};
