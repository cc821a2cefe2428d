/** Invalid values in each input of each action, which are refused before anything is sent. */

import { expect, it } from '@jest/globals';

import { actions } from '../creates/index.ts';
import type { InputField } from '../src/inputs/input.ts';
import { ACTION_RUNS } from './action-runs.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf } from './steps.ts';

const tutorCruncher = useTutorCruncher();

/** Returns invalid values of an input, each with the problem that the error message describes. */
function refusedValues({ key, required, dynamic, list, dict, type, choices }: InputField): [unknown, string][] {
  const refused: [unknown, string][] = [];
  if (required) for (const empty of ['', ' ', null, []]) refused.push([empty, 'is empty. Fill it in.']);
  if (dynamic !== undefined && list) refused.push([['503', 'Leo'], 'contains something that is not an ID.']);
  if (dynamic !== undefined && list) refused.push(['402/remove', 'contains something that is not an ID.']);
  if (dynamic !== undefined && !list) {
    for (const value of ['Leo', '402/remove', '-1', '1.5']) refused.push([value, 'does not contain an ID.']);
    refused.push(['402,403', 'contains several IDs, but this step works on one record.']);
  }
  // The academic years of an account are read before the value is compared with them.
  if (choices && key !== 'academic_year') refused.push(['nothing such', 'must contain one of these: ']);
  if (type === 'boolean') refused.push(['maybe', 'must contain true or false.']);
  if (!list && !dict && dynamic === undefined) refused.push([['a', 'b'], 'contains several values.']);
  if (!list && !dict) refused.push([{ a: 1 }, 'contains neither text nor a number.']);
  return refused;
}

it.each(actions.map(({ definition: { key }, inputs }) => [key, inputs] as const))('%s', async (key, inputs) => {
  for (const { field } of inputs) {
    // A label action has an input for each type of record, of which it reads only the one for the chosen type.
    const type = key.endsWith('_label') && field.dynamic !== undefined && field.key !== 'label' ? field.key : null;
    for (const [value, problem] of refusedValues(field)) {
      const inputData = { ...ACTION_RUNS[key], ...(type !== null && { type }), [field.key]: value };
      const expected = expect.stringContaining(`The field "${field.label}" of this step ${problem}`) as unknown;
      expect([value, await failureOf(act(key, inputData))]).toEqual([value, expected]);
    }
  }
  expect(tutorCruncher.requests().filter(({ method }) => method !== 'OPTIONS')).toEqual([]);
});
