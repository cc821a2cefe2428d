/** Runs after a write whose outcome is unknown, against the stand-in for TutorCruncher's API, over HTTP. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import app from '../../index.ts';
import type { Behaviour } from '../../local/api/behaviour.ts';
import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { OutcomeMarker, UnknownOutcome, writeOnce } from '../../src/action/unknown-outcome.ts';
import { StepRun } from '../../src/api/step-run.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { ACTION_RUNS } from '../support/action-runs.ts';
import { cachedEntries } from '../support/app-tester.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, actLater, failureOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();
afterEach(() => {
  jest.restoreAllMocks();
});

const HOUR_MS = 3_600_000;
/** Makes TutorCruncher save writes, but respond with an error of a proxy. */
const loseResponses: Behaviour['alter'] = ({ method }, response) =>
  method === 'GET' || method === 'OPTIONS' ? response : [502, '<html>'];

/** Runs an action whose response is lost, and returns the error message. */
async function loseResponseTo(key: string, inputData: JsonObject, meta: JsonObject = {}): Promise<string> {
  tutorCruncher.now.behaviour.alter = loseResponses;
  const message = await failureOf(act(key, inputData, meta));
  tutorCruncher.now.behaviour.alter = (_request, response) => response;
  return message;
}

const REFUSED =
  /^This run has written nothing, because the outcome of an earlier run with the same values is unknown\. /;
const UNTIL =
  / Until \d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC, a replay with the same values writes nothing\. After that, a replay /;

const SKILL = 'add_tutor_skill';
const RESCHEDULE = 'update_lesson';
const PUT = { method: 'PUT', path: 'services/706/', body: '{"name": "Piano"}' };
const RUNS: [key: string, inputData: JsonObject][] = [
  ...Object.entries(ACTION_RUNS).filter(([key]) => key.startsWith('create_')),
  ['api_request', ACTION_RUNS.api_request ?? {}],
  ['api_request', PUT],
];

describe('a run whose write was saved, but whose response was lost', () => {
  it.each(RUNS)('%s is not repeated with the same inputs: %j', async (key, inputData) => {
    expect(await loseResponseTo(key, inputData)).toMatch(UNTIL);
    const message = await failureOf(actLater(key, inputData));
    expect(message).toMatch(REFUSED);
    expect(message).toMatch(UNTIL);
    expect(message).toMatch(/may still have/);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('fails as an error, because Zapier documents no email about halted runs', async () => {
    const inputData = ACTION_RUNS.create_credit_request ?? {};
    await loseResponseTo('create_credit_request', inputData);
    await expect(actLater('create_credit_request', inputData)).rejects.toMatchObject({ name: 'AppError' });
  });

  it('leaves a marker without names, amounts or the private key', async () => {
    await loseResponseTo('create_credit_request', ACTION_RUNS.create_credit_request ?? {});
    const markers = cachedEntries().filter(([name]) => name.startsWith('outcome_'));
    expect(markers).toEqual([[expect.stringMatching(/^outcome_[0-9a-f]{64}$/), expect.stringMatching(/^\d{13}$/)]]);
  });

  it('is repeated with other inputs, or after the time in the message', async () => {
    const inputData = ACTION_RUNS.create_job ?? {};
    const message = await loseResponseTo('create_job', inputData);
    await actLater('create_job', { ...inputData, name: 'Another name' });
    expect(tutorCruncher.writes()).toHaveLength(2);

    const [, text = ''] = /Until (.*?) UTC/.exec(message) ?? [];
    const end = Date.parse(`${text} UTC`);
    expect(end - Date.now()).toBeGreaterThan(24 * HOUR_MS - 60_000);
    expect(end - Date.now()).toBeLessThanOrEqual(24 * HOUR_MS + 60_000);
    const now = jest.spyOn(Date, 'now').mockReturnValue(end - 1);
    expect(await failureOf(actLater('create_job', inputData))).toMatch(REFUSED);
    now.mockReturnValue(end);
    await actLater('create_job', inputData);
    expect(tutorCruncher.writes()).toHaveLength(3);
  });

  it('is repeated if a replay does no harm', async () => {
    const inputData = ACTION_RUNS.update_client ?? {};
    expect(await loseResponseTo('update_client', inputData)).not.toMatch(UNTIL);
    expect(await actLater('update_client', inputData)).toMatchObject({ id: 301 });
    expect(tutorCruncher.writes()).toHaveLength(2);
  });

  it.each([
    ['create_lesson', { ...ACTION_RUNS.create_lesson, skip_if_exists: true }],
    ['create_ad_hoc_charge', { ...ACTION_RUNS.create_ad_hoc_charge, skip_if_exists: true }],
    [SKILL, ACTION_RUNS[SKILL] ?? {}],
    [RESCHEDULE, ACTION_RUNS[RESCHEDULE] ?? {}],
  ])('%s searches first, and returns the record that it finds', async (key, inputData) => {
    await loseResponseTo(key, inputData);
    expect((await actLater(key, inputData)).id).toBeGreaterThan(0);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});

describe('a replayed reschedule', () => {
  const inputData = { lesson: '9109', start: '2027-06-10T17:00:00Z' };
  const startOf = () => tutorCruncher.now.account.find('appointments', 9109)?.start;

  it('does not move back a lesson that somebody has moved since', async () => {
    expect(await loseResponseTo(RESCHEDULE, inputData)).toMatch(UNTIL);
    const moved = '2027-06-12T09:00:00Z';
    tutorCruncher.now.account.change('appointments', 9109, { start: moved, finish: '2027-06-12T10:00:00Z' });
    expect(await failureOf(actLater(RESCHEDULE, inputData))).toMatch(REFUSED);
    expect(startOf()).toBe(moved);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('writes nothing if the lesson already has the time and the topic, but compares no custom fields', async () => {
    await act(RESCHEDULE, inputData);
    expect(await actLater(RESCHEDULE, { ...inputData, topic: 'Revision' })).toMatchObject({ lesson_topic: 'Revision' });
    const again = { ...inputData, length_in_minutes: 90, topic: 'Revision' };
    expect(await actLater(RESCHEDULE, again)).toMatchObject({ id: 9109, lesson_topic: 'Revision' });
    expect(tutorCruncher.writes()).toHaveLength(2);
    tutorCruncher.now.behaviour.intercept = ({ method }) =>
      method === 'OPTIONS'
        ? [200, { actions: { POST: { extra_attrs: { children: { room: { label: 'Room' } } } } } }]
        : null;
    await failureOf(actLater(RESCHEDULE, { ...again, custom_room: 'Blue' }));
    expect(tutorCruncher.writes()).toHaveLength(3);
  });
});

describe('a run after which nothing was saved', () => {
  it.each([400, 404, 429])('is repeated after status %d', async (status) => {
    const inputData = ACTION_RUNS.create_client ?? {};
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' ? [status, {}] : null);
    await failureOf(act('create_client', inputData));
    tutorCruncher.now.behaviour.intercept = () => null;
    expect((await actLater('create_client', inputData)).id).toBeGreaterThan(0);
  });

  it('does not limit a loop with equal inputs', async () => {
    await act('create_job', ACTION_RUNS.create_job ?? {});
    for (let run = 2; run <= 50; run++) await actLater('create_job', ACTION_RUNS.create_job ?? {});
    expect(tutorCruncher.writes()).toHaveLength(50);
  });

  it('is repeated by API Request if the Zap continues after an error', async () => {
    const inputData = { ...ACTION_RUNS.api_request, stop_on_error: false };
    tutorCruncher.now.behaviour.alter = loseResponses;
    await act('api_request', inputData);
    await actLater('api_request', inputData);
    expect(tutorCruncher.writes()).toHaveLength(2);
  });
});

/**
 * For each pair of a search and an action, the inputs of three Zaps. Two of the Zaps describe the same record in
 * different words, and the third Zap looks for another record.
 */
const PAIRS: [search: string, create: string, first: JsonObject, same: JsonObject, other: JsonObject][] = [
  ...['client', 'tutor', 'affiliate', 'student'].map((word): (typeof PAIRS)[number] => [
    `find_${word}`,
    `create_${word}`,
    { email: 'novak@example.com', last_name: 'Novak' },
    { email: ' Novak@Example.com', first_name: 'Jana', last_name: 'Novakova', find_last_name: 'Other' },
    { email: 'novak2@example.com', last_name: 'Novak' },
  ]),
  [
    'find_student',
    'create_student',
    { client: '301', first_name: 'Mia', last_name: 'Raman' },
    { client: 301, first_name: 'mia', find_last_name: 'raman ', last_name: 'Raman', town: 'Bath' },
    { client: '302', first_name: 'Mia', last_name: 'Raman' },
  ],
  [
    'find_job',
    'create_job',
    { find_name: 'Maths for Mia', name: 'Maths for Mia', charge_rate: 42, pay_rate: 30 },
    { find_name: ' maths  for mia', find_whole_name: true, name: 'Maths', charge_rate: 1, pay_rate: 1 },
    { find_name: 'Maths for Mia', find_student: '503', name: 'Maths for Mia', charge_rate: 42, pay_rate: 30 },
  ],
];

describe.each(PAIRS)(
  'the pair %s, whose first run gives up before TutorCruncher saves',
  (key, create, first, same, other) => {
    const later = (inputData: JsonObject): Promise<FlatRecord> => actLater(create, inputData, { withSearch: key });

    beforeEach(async () => {
      tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' ? [504, ''] : null);
      await failureOf(act(create, first, { withSearch: key }));
      tutorCruncher.now.behaviour.intercept = () => null;
      expect(tutorCruncher.writes()).toHaveLength(1);
    });

    it('creates no second record in a run that waited for the lock, even in another Zap', async () => {
      expect(await failureOf(later(first))).toMatch(REFUSED);
      expect(await failureOf(later(same))).toMatch(REFUSED);
      expect(tutorCruncher.writes()).toHaveLength(1);
    });

    it('finds the record as soon as it is saved', async () => {
      // The action has a different marker when it runs outside a pair.
      const { id } = await actLater(create, first);
      expect((await later(first)).id).toBe(id);
      expect(tutorCruncher.writes()).toHaveLength(2);
    });

    it('creates another record', async () => {
      expect((await later(other)).id).toBeGreaterThan(0);
      expect(tutorCruncher.writes()).toHaveLength(2);
    });
  },
);

describe('Zapier’s cache', () => {
  const BUNDLE = { authData: { private_key: PRIVATE_KEY }, inputData: { a: 1 } } as unknown as Bundle;
  const TEXTS = { advice: 'It may exist.', replay: 'creates it again' };
  const AS_TODAY = 'No response. It may exist. Do this before you replay this run, because a replay creates it again.';
  const never = () => new Promise<never>(() => undefined);

  const runWith = (cache: object): StepRun => StepRun.ofAction({ ...directZ, cache } as unknown as ZObject, BUNDLE);
  const write = (run: StepRun): Promise<string> =>
    failureOf(
      writeOnce(run, TEXTS, new OutcomeMarker(run, 'create_job'), () =>
        Promise.reject(new UnknownOutcome('No response.')),
      ),
    );

  it.each([
    ['fails', { get: () => Promise.reject(new Error('x')), set: () => Promise.reject(new Error('x')) }],
    ['keeps nothing', { get: () => Promise.resolve(null), set: () => Promise.resolve(false) }],
    ['holds something else', { get: () => Promise.resolve({ until: '9' }), set: () => Promise.resolve(false) }],
  ])('that %s does not prevent a write', async (_what, cache) => {
    expect(await write(runWith(cache))).toBe(AS_TODAY);
  });

  it('that does not respond delays a run by two seconds before the write and by two seconds after it', async () => {
    jest.useFakeTimers();
    try {
      const start = Date.now();
      const message = write(runWith({ get: never, set: never }));
      await jest.advanceTimersByTimeAsync(3_999);
      expect(jest.getTimerCount()).toBe(1);
      await jest.advanceTimersByTimeAsync(1);
      expect(await message).toBe(AS_TODAY);
      expect(Date.now() - start).toBe(4_000);
    } finally {
      jest.useRealTimers();
    }
  });

  it('keeps a marker for 24 hours, under a separate name for each key, action and set of inputs', async () => {
    const set = jest.fn<ZObject['cache']['set']>().mockResolvedValue(true);
    const cache = { get: () => Promise.resolve(null), set };
    await write(runWith(cache));
    const [[first, until, seconds] = []] = set.mock.calls;
    expect(seconds).toBeGreaterThanOrEqual(86_400);
    expect(seconds).toBeLessThanOrEqual(86_460);
    expect(Number(until) % 60_000).toBe(0);

    const { z } = runWith(cache);
    const names = new Set([first]);
    for (const [bundle, action] of [
      [{ ...BUNDLE, authData: { private_key: 'another-key' } }, 'create_job'],
      [{ ...BUNDLE, inputData: { a: '1' } }, 'create_job'],
      [BUNDLE, 'create_client'],
    ] as const) {
      const run = StepRun.ofAction(z, bundle);
      await new OutcomeMarker(run, action).leave();
      names.add(set.mock.calls.at(-1)?.[0]);
    }
    expect(names.size).toBe(4);
    await new OutcomeMarker(StepRun.ofAction(z, BUNDLE), 'create_job', { a: 1 }).leave();
    expect(set.mock.calls.at(-1)?.[0]).toBe(first);
    for (const sought of [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]) {
      await new OutcomeMarker(StepRun.ofAction(z, BUNDLE), 'create_job', sought).leave();
    }
    expect(set.mock.calls.at(-1)?.[0]).toBe(set.mock.calls.at(-2)?.[0]);
  });

  it('has no marker for an action whose replay does no harm', async () => {
    const marked = [...RUNS.map(([key]) => key), SKILL, RESCHEDULE];
    for (const key of Object.keys(app.creates).filter((one) => !marked.includes(one))) {
      expect(await loseResponseTo(key, ACTION_RUNS[key] ?? {})).not.toMatch(UNTIL);
    }
  });
});
