/** A duration in two inputs: a whole number, and its unit. */

import type { StepRun } from '../api/step-run.ts';
import { choiceInput } from './choice.ts';
import { fieldOfStep, type InputValues } from './input.ts';
import { wholeNumberInput } from './number.ts';

const MINUTE_MS = 60_000;

/** Milliseconds in each unit. */
const UNITS = { minutes: MINUTE_MS, hours: 60 * MINUTE_MS, days: 24 * 60 * MINUTE_MS } as const;

/** A duration in whole minutes, hours or days. */
type Duration = readonly [number: number, unit: keyof typeof UNITS];

const msOf = ([number, unit]: Duration): number => number * UNITS[unit];

const DEFAULT_UNIT = 'hours';

/**
 * Returns the inputs of a duration.
 *
 * @param key - the key of the input for the number
 * @param defaultNumber - the number of hours if the field is empty
 */
export function durationInputs(key: string, min: Duration, max: Duration, defaultNumber: number, helpText: string) {
  const number = wholeNumberInput(key, defaultNumber, { becomes: null, helpText });
  const { label } = number.field;
  const choices = { minutes: 'Minutes', hours: 'Hours', days: 'Days' };
  const unitHelp = `The unit of ${label}: minutes, hours or days. Leave empty for hours.`;
  const unit = choiceInput('time_unit', choices, { becomes: null, helpText: unitHelp, default: DEFAULT_UNIT });
  return {
    /** The inputs for the number and for the unit, in the order of the editor. */
    inputs: [number, unit],
    /**
     * Returns the duration in milliseconds.
     *
     * @throws {Error} with a message for the Zap's owner, if the duration is outside its limits
     */
    msIn: (values: InputValues, run: StepRun): number => {
      const ms = msOf([values.of(number) ?? defaultNumber, values.of(unit) ?? DEFAULT_UNIT]);
      if (ms >= msOf(min) && ms <= msOf(max)) return ms;
      throw run.refusal(
        `${fieldOfStep({ label })} must be at least ${min.join(' ')} and at most ${max.join(' ')}. Correct the number, or ` +
          'choose another Time Unit.',
      );
    },
  };
}
