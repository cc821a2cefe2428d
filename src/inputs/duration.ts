/** A duration in two inputs: a whole number and its unit. */

import type { Run } from '../run.ts';
import { choiceInput } from './choice.ts';
import { fieldOfStep, type Input, type InputText, type InputValues } from './input.ts';
import { wholeNumberInput } from './whole-number.ts';

const MINUTE_MS = 60_000;

/** Milliseconds by unit. */
const UNITS = { minutes: MINUTE_MS, hours: 60 * MINUTE_MS, days: 24 * 60 * MINUTE_MS } as const;

/** A duration in whole minutes, hours or days. */
export type Duration = readonly [number: number, unit: keyof typeof UNITS];

const msOf = ([number, unit]: Duration): number => number * UNITS[unit];

/** Returns a duration as text, such as "30 minutes". */
const textOf = ([number, unit]: Duration): string => `${number} ${unit}`;

/** The allowed durations, and the number that an empty field stands for. */
export interface DurationLimits {
  readonly min: Duration;
  readonly max: Duration;
  readonly defaultNumber: number;
}

/** The inputs of a duration. */
export interface DurationInputs {
  /** The number and the unit, in the order of the editor. */
  readonly inputs: readonly Input[];
  /**
   * Returns the duration in milliseconds.
   *
   * @throws {Error} with a message for the Zap's owner, if the duration is outside the limits
   */
  readonly msIn: (values: InputValues, run: Run) => number;
}

const DEFAULT_UNIT = 'hours';

/**
 * Returns the inputs of a duration.
 *
 * @param text - the texts of the input for the number
 */
export function durationInputs(text: InputText, { min, max, defaultNumber }: DurationLimits): DurationInputs {
  const number = wholeNumberInput(text, defaultNumber);
  const choices = { minutes: 'Minutes', hours: 'Hours', days: 'Days' };
  const chosen = choiceInput(
    {
      key: 'time_unit',
      label: 'Time Unit',
      becomes: null,
      helpText: `The unit of ${text.label}: minutes, hours or days. Leave empty for hours.`,
    },
    choices,
  );
  const unit = { ...chosen, field: { ...chosen.field, default: DEFAULT_UNIT } };
  return {
    inputs: [number, unit],
    msIn: (values, run) => {
      const ms = (values.of(number) ?? defaultNumber) * UNITS[values.of(unit) ?? DEFAULT_UNIT];
      if (ms >= msOf(min) && ms <= msOf(max)) return ms;
      throw run.refusal(
        `${fieldOfStep(text)} must be at least ${textOf(min)} and at most ${textOf(max)}. Correct the number, or ` +
          'choose another Time Unit.',
      );
    },
  };
}
