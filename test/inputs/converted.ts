import type { Bundle } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { StepRun } from '../../src/api/step-run.ts';
import { InputValues, type Input } from '../../src/inputs/input.ts';
import { directZWith } from '../support/direct-z.ts';

/** Returns the run of an action that has these inputs, if the branch's time zone is unknown. */
export function runWith(inputData: object, meta: object = {}): StepRun {
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData, meta } as unknown as Bundle;
  return StepRun.ofAction(
    directZWith(() => ({})),
    bundle,
  );
}

/** Returns the result of converting a value with an input, if the branch's time zone is unknown. */
export const convert = async (input: Input, field: unknown, meta: object = {}): Promise<unknown> =>
  (await InputValues.read([input], runWith({ field }, meta))).of(input);
