/** Helpers that convert a value with an input, in a run that does not know the branch's time zone. */

import { describe, expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { StepRun } from '../../src/api/step-run.ts';
import { InputValues, type Input } from '../../src/inputs/input.ts';
import { directZWith } from './direct-z.ts';
import { failureOf } from './steps.ts';

/** Returns the run of an action that has these inputs. */
export function runWith(inputData: object, meta: object = {}): StepRun {
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData, meta } as unknown as Bundle;
  return StepRun.ofAction(
    directZWith(() => ({})),
    bundle,
  );
}

/** Returns the result of converting a value with an input whose key is `field`. */
export const convert = async (input: Input, field: unknown, meta: object = {}): Promise<unknown> =>
  (await InputValues.read([input], runWith({ field }, meta))).of(input);

/** The values that an input accepts and refuses. */
export interface Conversions {
  /** An input whose key is `field`. */
  readonly input: Input;
  readonly accepted: readonly (readonly [value: unknown, expected: unknown])[];
  readonly refused: readonly unknown[];
  /** Matches the message about each refused value. */
  readonly problem: RegExp;
}

/** Returns accepted values that an input does not change. */
export const same = (...values: unknown[]) => values.map((value) => [value, value] as const);

/** Returns accepted values that an input converts to the same result. */
export const each = (expected: unknown, ...values: unknown[]) => values.map((value) => [value, expected] as const);

/** Tests the conversions of inputs, by kind of input. */
export function testConversions(conversions: Readonly<Record<string, Conversions>>): void {
  describe.each(Object.entries(conversions))('an input for %s', (_kind, { input, accepted, refused, problem }) => {
    it('converts what it accepts', async () => {
      for (const [value, expected] of accepted) expect([value, await convert(input, value)]).toEqual([value, expected]);
    });

    it('refuses other values', async () => {
      for (const value of refused) {
        const message = await failureOf(convert(input, value));
        expect([value, message]).toEqual([value, expect.stringMatching(problem)]);
      }
    });

    it('has no value if it is empty', async () => {
      for (const empty of ['', ' ', null, undefined, [], ['', ' ', null, []]]) {
        expect(await convert(input, empty)).toBeNull();
      }
    });
  });
}
