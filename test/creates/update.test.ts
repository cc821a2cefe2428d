/**
 * Two runs that change the same record at the same time, against the stand-in for TutorCruncher's API. The test
 * emulates the lock in the action's definition. That Zapier makes runs with the same lock wait is an assumption
 * (`zapier.locks` in docs/zapier.md).
 */

import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { until } from '../../relay/harness/until.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { ACTION_RUNS } from '../support/action-runs.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, actLater, failureOf, fieldsOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

/** Runs actions as Zapier does: a run waits for other runs whose locks have the same key and scope. */
class LockingZapier {
  /** Number of runs that have had to wait. */
  waiting = 0;
  readonly #last = new Map<string, Promise<unknown>>();

  run(key: string, inputData: JsonObject): Promise<FlatRecord> {
    const lock = app.creates[key]?.operation.lock;
    const name = JSON.stringify([
      lock?.scope,
      lock?.key.replace(/\{\{bundle\.inputData\.(\w+)\}\}/g, (_braces, input: string) => String(inputData[input])),
    ]);
    const last = lock ? this.#last.get(name) : undefined;
    if (last) this.waiting++;
    const run = (last ?? Promise.resolve()).then(() => actLater(key, inputData));
    this.#last.set(name, run);
    return run;
  }
}

const START = '2027-06-10T17:00:00Z';

/** For each action: the path of the record, two changes by different Zaps, and both results in TutorCruncher. */
const UPDATES: [key: string, path: string, first: JsonObject, second: JsonObject, both: JsonObject][] = [
  [
    'update_job',
    'services/705',
    { job: '705', charge_rate: '99' },
    { job: '705', name: 'Maths' },
    { dft_charge_rate: 99, name: 'Maths' },
  ],
  [
    'update_lesson',
    'appointments/9109',
    { lesson: '9109', start: START, length_in_minutes: 60 },
    { lesson: '9109', topic: 'Revision' },
    { start: START, topic: 'Revision' },
  ],
  [
    'update_ad_hoc_charge',
    'adhoccharges/77',
    { ad_hoc_charge: '77', description: 'Train', category: '7' },
    { ad_hoc_charge: '77', description: 'Train', date: '2027-07-01' },
    { category_id: 7, date_occurred: expect.stringMatching(/^2027-07-01/) },
  ],
  [
    'update_client',
    'clients/301',
    { client: '301', add_notifications: ['credit-requests'] },
    { client: '301', remove_notifications: ['invoices'] },
    { received_notifications: expect.arrayContaining(['credit-requests']) },
  ],
];

describe.each(UPDATES)('%s', (key, path, first, second, both) => {
  const reads = () =>
    tutorCruncher.requests().filter((request) => request.method === 'GET' && request.path.startsWith(`/api/${path}/`));
  const stored = (): JsonObject => {
    const [list = '', id] = path.split('/');
    const record = tutorCruncher.now.account.find(list, Number(id));
    return isJsonObject(record) ? record : {};
  };

  it('loses no change of another run, which waits for its lock', async () => {
    const zapier = new LockingZapier();
    const others: Promise<unknown>[] = [];
    // The write of the first run arrives only after the second run has read the record, or while the second run waits.
    tutorCruncher.now.behaviour.intercept = async ({ method }) => {
      if (method === 'GET' || method === 'OPTIONS' || others.length > 0) return null;
      const before = reads().length;
      others.push(zapier.run(key, second));
      await until(() => zapier.waiting > 0 || reads().length > before);
      return null;
    };
    await zapier.run(key, first);
    await Promise.all(others);
    expect(stored()).toMatchObject(both);
    expect(tutorCruncher.writes()).toHaveLength(2);
  });

  it('waits for no run that changes another record', async () => {
    const zapier = new LockingZapier();
    const [id = ''] = Object.keys(second);
    await Promise.allSettled([zapier.run(key, second), zapier.run(key, { ...second, [id]: '999' })]);
    expect(zapier.waiting).toBe(0);
  });

  it('reads the record immediately before it writes', async () => {
    const custom = key === 'update_job' || key === 'update_client' ? { custom_how_did_you_hear: 'A friend' } : {};
    const time = key === 'update_lesson' ? { start: '2027-06-10 17:00' } : {};
    await act(key, { ...second, ...custom, ...time });
    const sent = tutorCruncher.now.requests.map((request) => `${request.method} ${request.path}`);
    const write = sent.findIndex((request) => /^(?:PUT|POST) /.test(request));
    expect(sent.slice(0, write)).toContain('GET /api/branch/');
    expect(sent[write - 1]).toBe(`GET /api/${path}/`);
  });
});

describe('an update', () => {
  it.each(['update_student', 'update_job', 'update_lesson'])('%s refuses to change nothing', async (key) => {
    const word = key.slice('update_'.length);
    const message = await failureOf(act(key, { [word]: '705', name: '', topic: null, custom_gone: ' ' }));
    expect(message).toBe('This step changes nothing, because all its fields are empty. Fill in the fields to change.');
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each([
    [
      'update_client',
      /Look at the client in TutorCruncher\. Replaying this run writes the values of this step again, over/,
    ],
    [
      'update_lesson',
      /Look at the lesson in TutorCruncher\. Until .*, a replay moves the lesson or changes its topic again,/,
    ],
  ])('%s says what a replay does if the outcome is unknown', async (key, advice) => {
    tutorCruncher.now.behaviour.intercept = ({ method }) => (/^(?:PUT|POST)$/.test(method) ? [500, {}] : null);
    expect(await failureOf(act(key, ACTION_RUNS[key] ?? {}))).toMatch(advice);
  });

  it.each([
    ['update_client', true],
    ['update_ad_hoc_charge', undefined],
  ])('%s reloads the fields for the chosen record only if it has custom fields', async (key, altersDynamicFields) => {
    const [chosen] = await fieldsOf(key);
    expect(chosen).toMatchObject({ required: true, helpText: expect.stringContaining('starts the Zap again') });
    expect(chosen?.altersDynamicFields).toBe(altersDynamicFields);
  });
});
