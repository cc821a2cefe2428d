/** Replays: the same run twice, as if the Zap's owner or Zapier itself replayed it. */

import { describe, expect, it } from '@jest/globals';

import { actions } from '../creates/index.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { ACTION_RUNS } from './action-runs.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf } from './steps.ts';

const tutorCruncher = useTutorCruncher();

const PERSON = /^create_(?:client|tutor|student|affiliate)$/;
const isDecision = (key: string) => key.endsWith('_application');
const isCreate = (key: string) => key.startsWith('create_');
/** A replay of an API request sends the request again, so its effect depends on the request. */
const RUNS = Object.entries(ACTION_RUNS).filter(([key]) => key !== 'api_request');

const descriptionOf = (key: string) =>
  actions.find(({ definition }) => definition.key === key)?.definition.display.description ?? '';
/** Returns a record without the times of its last change. */
const withoutTimes = (record: FlatRecord) =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !key.includes('_last_updated')));

describe('a replay of an action that creates a person', () => {
  it.each(RUNS.filter(([key]) => PERSON.test(key)))('%s is refused by the email address', async (key, inputData) => {
    await act(key, inputData);
    expect(await failureOf(act(key, inputData))).toMatch(
      /already has .* with this email address, so nothing was created/,
    );
  });
});

describe('a replay of an action that creates anything else', () => {
  it.each(RUNS.filter(([key]) => isCreate(key) && !PERSON.test(key)))(
    '%s creates another record, as described',
    async (key, inputData) => {
      const [first, second] = [await act(key, inputData), await act(key, inputData)];
      expect(second.id).not.toBe(first.id);
      expect(descriptionOf(key)).toMatch(/Each run creates another /);
      expect(tutorCruncher.writes()).toHaveLength(2);
    },
  );
});

describe('a replay of a decision about an application', () => {
  it.each(RUNS.filter(([key]) => isDecision(key)))('%s is refused with the reason', async (key, inputData) => {
    await act(key, inputData);
    expect(await failureOf(act(key, inputData))).toMatch(
      /^TutorCruncher refused to change this application\. .* perhaps by a previous run of this Zap\. .* Nothing was changed\.$/,
    );
  });
});

describe('a replay of any other action', () => {
  it.each(RUNS.filter(([key]) => !isCreate(key) && !isDecision(key)))(
    '%s changes nothing else',
    async (key, inputData) => {
      const [first, second] = [await act(key, inputData), await act(key, inputData)];
      expect(withoutTimes(second)).toEqual(withoutTimes(first));
      expect(descriptionOf(key)).not.toMatch(/Each run/);
    },
  );
});
