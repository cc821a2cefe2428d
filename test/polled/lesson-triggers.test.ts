/** The lessons for which the polled triggers about lessons run. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';
import { fromNow, lessonAt, poll, polledTriggerOf } from '../support/polls.ts';

const tutorCruncher = useTutorCruncher();
beforeEach(() => {
  tutorCruncher.now.account.addList('appointments', []);
});

/** Adds a one-hour lesson. @param start - hours from now to the start */
const add = (start: number, status: string, changes?: JsonObject) =>
  tutorCruncher.now.account.add('appointments', lessonAt(start, status, changes));

const idsOf = async (...run: Parameters<typeof poll>) => (await poll(...run)).map(({ id }) => id);

describe('lesson_starting', () => {
  const idOf = ({ id, start }: JsonObject) => `${String(id)}@${String(start)}`;

  it('returns planned lessons that start within the chosen time, and never after their start', async () => {
    const [soon, later] = [add(1.5, 'planned'), add(23.9, 'planned')];
    for (const start of [-0.01, 24.1, 200]) add(start, 'planned');
    for (const status of ['awaiting-report', 'complete', 'cancelled', 'cancelled-chargeable']) add(1, status);
    expect(await idsOf('lesson_starting')).toEqual([idOf(later), idOf(soon)]);
    expect(await idsOf('lesson_starting', { time_before: 90, time_unit: 'minutes' })).toEqual([idOf(soon)]);
    expect(await idsOf('lesson_starting', { time_before: '2' })).toEqual([idOf(soon)]);
    expect(await idsOf('lesson_starting', { time_before: '14', time_unit: 'days' })).toHaveLength(4);
  });

  it('returns a lesson that was moved with another id, and the same id if its start is written with another offset', async () => {
    const { id } = add(3, 'planned');
    const start = fromNow(5);
    tutorCruncher.now.account.change('appointments', id, { start });
    expect(await idsOf('lesson_starting')).toEqual([`${id}@${start}`]);
    const inParis = new Date(Date.parse(start) + 2 * 3_600_000).toISOString().replace('.000Z', '+02:00');
    tutorCruncher.now.account.change('appointments', id, { start: inParis });
    expect(await idsOf('lesson_starting')).toEqual([`${id}@${start}`]);
  });
});

describe('lesson_ended', () => {
  it('returns lessons that ended up to 48 hours before the chosen time ago, except cancelled ones', async () => {
    const ids = ['planned', 'awaiting-report', 'complete'].map((status, index) => String(add(-3 - index, status).id));
    for (const status of ['cancelled', 'cancelled-chargeable']) add(-2, status);
    const old = add(-48.9, 'complete');
    add(-49.1, 'complete');
    add(-0.5, 'complete');
    expect(await idsOf('lesson_ended')).toEqual([...ids, String(old.id)]);
    expect(await idsOf('lesson_ended', { time_after: 3, time_unit: 'hours' })).toEqual(
      [ids[1], ids[2], String(old.id)].concat(String(old.id + 1)),
    );
  });

  it('returns lessons with the chosen statuses only, whichever of time and status comes last', async () => {
    const { id } = add(-30, 'planned');
    const statuses = ['cancelled', 'Complete'];
    expect(await idsOf('lesson_ended', { statuses })).toEqual([]);
    tutorCruncher.now.account.change('appointments', id, { status: 'complete' });
    expect(await idsOf('lesson_ended', { statuses })).toEqual([String(id)]);
  });
});

describe.each([
  ['lesson_not_completed', 'planned', 'complete'],
  ['report_missing', 'awaiting-report', 'planned'],
])('%s', (key, status, otherStatus) => {
  it('returns lessons that ended the chosen time ago and still have their status, up to 7 days after the end', async () => {
    const [recent, old] = [add(-25.1, status), add(-168.9, status)];
    for (const start of [-24.9, -169.1]) add(start, status);
    for (const other of [otherStatus, 'cancelled']) add(-30, other);
    expect(await idsOf(key)).toEqual([String(recent.id), String(old.id)]);
    expect(await idsOf(key, { time_after: '2', time_unit: 'days' })).toEqual([String(old.id)]);
  });

  it('leaves 48 hours for a pause if the chosen time is long', async () => {
    const { id } = add(-24 * 8.5, status);
    expect(await idsOf(key, { time_after: '7', time_unit: 'days' })).toEqual([String(id)]);
  });
});

describe('the time of a trigger', () => {
  it.each([
    [
      'lesson_starting',
      { time_before: '15', time_unit: 'days' },
      /^The field "Time Before" .* at least 30 minutes and at most 14 days\./,
    ],
    [
      'lesson_starting',
      { time_before: 29, time_unit: 'minutes' },
      /^The field "Time Before" of this step must be at least 30 minutes/,
    ],
    [
      'lesson_ended',
      { time_after: '8', time_unit: 'Days' },
      /^The field "Time After" .* at least 0 minutes and at most 7 days/,
    ],
    ['report_missing', { time_after: 169 }, /^The field "Time After" .* at least 0 minutes and at most 7 days/],
  ])('of %s cannot be %j, in the editor and in a live poll', async (key, inputData, message) => {
    for (const isLoadingSample of [true, false]) {
      expect(await failureOf(poll(key, inputData, { meta: { isLoadingSample } }))).toMatch(message);
    }
    expect(tutorCruncher.now.requests).toEqual([]);
  });
});

it.each([
  ['lesson_not_completed', 'planned'],
  ['report_missing', 'awaiting-report'],
])('the sample of %s has the status %s, which must still change', (key, status) => {
  expect(polledTriggerOf(key).definition.operation.sample).toMatchObject({ lesson_status: status });
});
