import type { ComponentChildren } from 'preact';

import type { Outcome } from '../../wire/console-api.ts';
import { isRefused, outcomeText } from '../outcome-words.ts';
import { Icon } from './icon.tsx';

interface BadgeProps {
  readonly outcome: Outcome;
  readonly isForged?: boolean;
  /** The text of the badge; default: the text for the outcome. */
  readonly children?: ComponentChildren;
}

/** An icon and a text in the color of an outcome. */
export function Badge({ outcome, isForged = false, children = outcomeText(outcome, isForged) }: BadgeProps) {
  const shown = isRefused(outcome, isForged) ? 'given_up' : outcome;
  return (
    <span class={`badge ${shown}`}>
      <Icon name={shown} />
      {children}
    </span>
  );
}
