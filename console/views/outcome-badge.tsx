import type { Outcome } from '../../wire/console-api.ts';
import { OUTCOME_WORDS } from '../zap-words.ts';
import { Icon } from './icon.tsx';

/** The outcome of an event: an icon and a word, in the color of the outcome. */
export const OutcomeBadge = ({ outcome }: { readonly outcome: Outcome }) => (
  <span class={`badge ${outcome}`}>
    <Icon name={outcome} />
    {OUTCOME_WORDS[outcome]}
  </span>
);
