/** Invalid values in each input of each action, which are refused before anything is sent. */

import { expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { actions } from '../../../creates/index.ts';
import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import type { InputField } from '../../../src/inputs/input.ts';
import { ACTION_RUNS } from '../../support/action-runs.ts';
import { directZWith } from '../../support/direct-z.ts';
import { failureOf } from '../../support/steps.ts';

/** Returns invalid values of an input, each with the problem in its error message. */
function refusedValues({ key, required, dynamic, list, dict, type, choices }: InputField): [unknown, string][] {
  const refused: [unknown, string][] = [];
  if (required) for (const empty of ['', ' ', null, []]) refused.push([empty, 'is empty. Fill it in.']);
  if (dynamic !== undefined && list) refused.push([['503', 'Leo'], 'contains something that is not an ID.']);
  if (dynamic !== undefined && list) refused.push(['402/remove', 'contains something that is not an ID.']);
  if (dynamic !== undefined && !list) {
    for (const value of ['Leo', '402/remove', '-1', '1.5']) refused.push([value, 'does not contain an ID.']);
    refused.push(['402,403', 'contains several IDs, but this step works on one record.']);
  }
  // The step reads the academic years of the account before it compares the value with them.
  if (choices && key !== 'academic_year') refused.push(['nothing such', 'must contain one of these: ']);
  if (type === 'boolean') refused.push(['maybe', 'must contain true or false.']);
  if (!list && !dict && dynamic === undefined) refused.push([['a', 'b'], 'contains several values.']);
  if (!list && !dict) refused.push([{ a: 1 }, 'contains neither text nor a number.']);
  return refused;
}

it.each(actions.map((action) => [action.definition.key, action] as const))(
  '%s',
  async (key, { definition, inputs }) => {
    const paths: string[] = [];
    // Core takes milliseconds to prepare the app for each run, so these runs call `perform` directly.
    const z = directZWith(({ pathname }) => {
      paths.push(pathname);
      return { timezone: 'Europe/London' };
    });
    for (const { field } of inputs) {
      // A label action has an input for each type of record, but reads only the input for the chosen type.
      const type = key.endsWith('_label') && field.dynamic !== undefined && field.key !== 'label' ? field.key : null;
      for (const [value, problem] of refusedValues(field)) {
        const inputData = { ...ACTION_RUNS[key], ...(type !== null && { type }), [field.key]: value };
        const bundle = { authData: { private_key: PRIVATE_KEY }, inputData } as unknown as Bundle;
        const expected = expect.stringContaining(`The field "${field.label}" of this step ${problem}`) as unknown;
        expect([value, await failureOf(definition.operation.perform(z, bundle))]).toEqual([value, expected]);
      }
    }
    // Inputs can read the branch's time zone, the academic years and the notifications.
    expect(paths.filter((path) => !/^\/api\/(?:branch|recipients|clients)\/$/.test(path))).toEqual([]);
  },
);
