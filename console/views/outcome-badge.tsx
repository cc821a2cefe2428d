import type { Outcome } from '../../wire/console-api.ts';
import { OUTCOME_WORDS } from '../zap-words.ts';
import { Icon } from './icon.tsx';

export interface OutcomeBadgeProps {
  readonly outcome: Outcome;
  /** True if the event has a wrong signature: its Zaps refuse it, although Zapier has accepted it. */
  readonly isForged?: boolean;
}

/** The outcome of an event: an icon and a word, in the color of the outcome. */
export function OutcomeBadge({ outcome, isForged = false }: OutcomeBadgeProps) {
  const isRefused = isForged && outcome === 'delivered';
  const shown = isRefused ? 'given_up' : outcome;
  return (
    <span class={`badge ${shown}`}>
      <Icon name={shown} />
      {isRefused ? 'Wrong signature' : OUTCOME_WORDS[outcome]}
    </span>
  );
}
