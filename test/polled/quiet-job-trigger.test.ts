/** Job Gone Quiet: the last lessons of jobs. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { ApiRequest } from '../../local/api/behaviour.ts';
import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';
import { lessonAt, poll } from '../support/polls.ts';

const tutorCruncher = useTutorCruncher();
beforeEach(() => {
  tutorCruncher.now.account.addList('appointments', []);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const jobWith = (id: number, status = 'in-progress'): JsonObject => ({ id, name: `Job ${id}`, status });
const JOB = jobWith(801);

/** Adds a one-hour lesson. @param ended - days since the end of the lesson; negative for a lesson in the future */
const add = (ended: number, status = 'complete', changes: JsonObject = {}) =>
  tutorCruncher.now.account.add('appointments', lessonAt(-24 * ended - 1, status, { service: JOB, ...changes }));
const idsOf = async (inputData: JsonObject = {}, keepsCache = false) =>
  (await poll('job_gone_quiet', inputData, { keepsCache })).map(({ id }) => id);
/** Polls ten minutes later, when the rows are read again. */
const laterIds = () => {
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 10 * 60_000);
  return idsOf({}, true);
};

const isDetail = ({ path }: ApiRequest) => /\/\d+\/$/.test(path);
const isListOfJob = ({ path }: ApiRequest) => path.includes('service=');
/** Replaces fields of lessons in the responses to certain requests. */
const replaceIn = (isAltered: (request: ApiRequest) => boolean, changes: JsonObject) => {
  tutorCruncher.now.behaviour.alter = (request, [status, data]) => {
    if (!isAltered(request)) return [status, data];
    const { results, ...body } = data as JsonObject;
    const alter = (lesson: JsonObject) => ({ ...lesson, ...changes });
    return [status, Array.isArray(results) ? { ...body, results: results.map(alter) } : alter(body)];
  };
};

describe('the last lesson of a job', () => {
  it('triggers from the chosen number of days after its end, for 48 hours', async () => {
    const [recent, old] = [14.01, 15.99].map((days, index) => add(days, 'complete', { service: jobWith(801 + index) }));
    for (const [index, days] of [13.99, 16.01].entries()) add(days, 'complete', { service: jobWith(803 + index) });
    expect(await idsOf()).toEqual([String(recent?.id), String(old?.id)]);
    add(30.5, 'complete', { service: jobWith(805) });
    expect(await idsOf({ days_after: '30' })).toHaveLength(1);
  });

  it.each([
    ['planned', true],
    ['awaiting-report', true],
    ['complete', true],
    ['cancelled', false],
    ['cancelled-chargeable', false],
    ['postponed', false],
  ])('triggers with the status %s: %p', async (status, triggers) => {
    const { id } = add(14.5, status);
    expect(await idsOf()).toEqual(triggers ? [String(id)] : []);
  });

  it.each([
    ['available', true],
    ['in-progress', true],
    ['In Progress', true],
    ['pending', false],
    ['finished', false],
    ['gone-cold', false],
    ['paused', false],
  ])('triggers if the job has the status %s: %p', async (status, triggers) => {
    const { id } = add(14.5, 'complete', { service: jobWith(801, status) });
    expect(await idsOf()).toEqual(triggers ? [String(id)] : []);
  });

  it('is not read if its row shows that the job is finished, and triggers if the job soon becomes active again', async () => {
    const { id } = add(14.5, 'complete', { service: jobWith(801, 'finished') });
    expect(await idsOf()).toEqual([]);
    expect(tutorCruncher.requests().filter(isDetail)).toEqual([]);
    tutorCruncher.now.account.change('appointments', id, { service: JOB });
    expect(await laterIds()).toEqual([String(id)]);
  });

  it('does not trigger if the job is finished, or the lesson deleted, after the row was read', async () => {
    const { id } = add(14.5);
    replaceIn(isDetail, { service: jobWith(801, 'finished') });
    expect(await idsOf()).toEqual([]);
    tutorCruncher.now.behaviour.alter = (request, response) => (isDetail(request) ? [404, {}] : response);
    expect(await idsOf()).toEqual([]);
    expect(tutorCruncher.requests().filter(isListOfJob)).toEqual([]);
    tutorCruncher.now.behaviour.alter = (_request, response) => response;
    expect(await idsOf()).toEqual([String(id)]);
  });

  it('triggers once, with one request for the details and one for the lessons of its job', async () => {
    const { id } = add(14.5);
    expect(await idsOf()).toEqual([String(id)]);
    expect(tutorCruncher.requests().filter(isDetail)).toHaveLength(1);
    expect(tutorCruncher.requests().filter(isListOfJob)).toHaveLength(1);
    expect(await laterIds()).toEqual([]);
    expect(tutorCruncher.requests().filter(isListOfJob)).toHaveLength(1);
  });

  it.each(['0', '181', 'soon'])('cannot have ended %j days ago', async (days) => {
    expect(await failureOf(idsOf({ days_after: days }))).toMatch(/^The field "Days After" of this step must /);
  });
});

describe('a later lesson', () => {
  it.each([
    ['in the future', -30, 'planned', false],
    ['in progress', -0.02, 'planned', false],
    ['after the chosen time', 3, 'awaiting-report', false],
    ['after the chosen time', 3, 'complete', false],
    ['after the chosen time', 3, 'cancelled', true],
    ['in the future', -30, 'Cancelled', true],
    ['in the future', -30, 'cancelled-chargeable', true],
    ['in the future', -30, 'postponed', false],
  ])('%s (ended %d days ago) with the status %s: triggers %p', async (_when, ended, status, triggers) => {
    const { id } = add(14.5);
    add(ended, status);
    add(-1, 'planned', { service: jobWith(802) });
    expect(await idsOf()).toEqual(triggers ? [String(id)] : []);
  });

  it('that is due as well is the only lesson of its job that is read, in any order of rows', async () => {
    const { account } = tutorCruncher.now;
    for (const days of [15.9, 14.2, 15.1]) add(days);
    const last = account.list('appointments')[1];
    expect(await idsOf()).toEqual([String(last?.id)]);
    account.addList('appointments', account.list('appointments').toReversed());
    expect(await idsOf()).toEqual([String(last?.id)]);
    expect(tutorCruncher.requests().filter(isDetail)).toHaveLength(2);
  });

  it('that ends in the same second is the lesson with the higher id', async () => {
    const [first, second] = [add(14.5), add(14.5)];
    const { finish } = first;
    tutorCruncher.now.account.change('appointments', second.id, { finish });
    expect(await idsOf()).toEqual([String(second.id)]);
    tutorCruncher.now.account.change('appointments', second.id, { status: 'cancelled' });
    expect(await idsOf()).toEqual([String(first.id)]);
  });

  it('can have started earlier', async () => {
    const short = add(14.5);
    const { id } = add(14.2, 'complete', { start: lessonAt(-24 * 14.9, '').start });
    expect(await idsOf()).toEqual([String(id)]);
    // The lesson ends so late that its job is not due.
    tutorCruncher.now.account.change('appointments', id, { finish: lessonAt(-24 * 13.99, '').start });
    expect(await idsOf()).toEqual([]);
    tutorCruncher.now.account.change('appointments', id, { status: 'cancelled' });
    expect(await idsOf()).toEqual([String(short.id)]);
  });

  it('is found if it started earlier, and was cancelled when the rows were read', async () => {
    add(14.5);
    const { id } = add(14.2, 'cancelled', { start: lessonAt(-24 * 14.9, '').start });
    tutorCruncher.now.behaviour.intercept = (request) => {
      if (isDetail(request)) tutorCruncher.now.account.change('appointments', id, { status: 'complete' });
      return null;
    };
    expect(await idsOf()).toEqual([]);
  });

  it('is looked up once, so that a job does not trigger if it is cancelled afterwards', async () => {
    add(14.5);
    const { id } = add(-1, 'planned');
    expect(await idsOf()).toEqual([]);
    tutorCruncher.now.account.change('appointments', id, { status: 'cancelled' });
    expect(await laterIds()).toEqual([]);
    expect(tutorCruncher.requests().filter(isDetail)).toHaveLength(1);
  });

  it('is found after more than a page of cancelled lessons', async () => {
    const { id } = add(14.5);
    const planned = add(-200, 'planned');
    for (let day = 1; day <= 150; day++) add(-day, 'cancelled');
    expect(await idsOf()).toEqual([]);
    expect(tutorCruncher.requests().filter(isListOfJob)).toHaveLength(2);
    tutorCruncher.now.account.change('appointments', planned.id, { status: 'cancelled' });
    expect(await idsOf()).toEqual([String(id)]);
  });
});

it('the pages of lists of cancelled lessons count as requests of the minute', async () => {
  tutorCruncher.now.behaviour.pageRows = 10;
  for (let job = 801; job <= 818; job++) {
    for (let day = 0; day < 30; day++) add(-day, 'cancelled', { service: jobWith(job) });
    add(14.5, 'complete', { service: jobWith(job) });
  }
  const found = await idsOf();
  expect(tutorCruncher.requests().length).toBeLessThanOrEqual(70);
  for (let minute = 0; minute < 5; minute++) found.push(...(await laterIds()));
  expect(new Set(found).size).toBe(18);
});

describe('a list of the lessons of a job', () => {
  const alterList = (alter: (page: JsonObject, request: ApiRequest) => JsonObject) => {
    tutorCruncher.now.behaviour.alter = (request, [status, data]) => [
      status,
      isListOfJob(request) ? alter(data as JsonObject, request) : data,
    ];
  };
  const INCOMPLETE = /contains no complete list of the lessons of a job\. Try again/;

  it.each<[string, (page: JsonObject) => JsonObject]>([
    ['is empty', (page) => ({ ...page, count: 0, results: [] })],
    ['is shorter than TutorCruncher states', (page) => ({ ...page, count: 2 })],
  ])('that %s does not mean that the job is quiet', async (_problem, alter) => {
    add(14.5);
    alterList(alter);
    expect(await failureOf(idsOf())).toMatch(INCOMPLETE);
  });

  it('that becomes shorter between two pages does not mean that the job is quiet', async () => {
    for (let day = 1; day <= 101; day++) add(-day, 'cancelled');
    add(14.5);
    alterList((page, { path }) => (path.includes('page=') ? { ...page, count: 100, next: null, results: [] } : page));
    expect(await failureOf(idsOf())).toMatch(INCOMPLETE);
  });

  it('does not need the count of lessons', async () => {
    const { id } = add(14.5);
    alterList(({ results }) => ({ results, next: null }));
    expect(await idsOf()).toEqual([String(id)]);
  });

  it('that contains other jobs, because TutorCruncher ignores the job, fails with a message', async () => {
    add(14.5);
    add(-1, 'planned', { service: jobWith(802) });
    tutorCruncher.now.behaviour.ignoredFilters = ['appointments?service'];
    expect(await failureOf(idsOf())).toMatch(/^TutorCruncher ignored the job for which this step asked/);
  });

  it('that is refused because of too many requests is read by the next poll, and delays no other job', async () => {
    const [first, second] = [add(14.5), add(14.4, 'complete', { service: jobWith(802) })];
    const { behaviour } = tutorCruncher.now;
    behaviour.intercept = ({ path }) => (path.includes('service=801') ? [429, { detail: 'Throttled.' }] : null);
    expect(await idsOf()).toEqual([String(second.id)]);
    expect(await failureOf(laterIds())).toMatch(/Nothing is lost: the next poll returns the same records\./);
    behaviour.intercept = () => null;
    expect(await laterIds()).toEqual([String(first.id)]);
  });
});

describe('a poll without a value that decides', () => {
  const ROWS = (request: ApiRequest) => !isDetail(request) && !isListOfJob(request);

  it.each<[string, string, (request: ApiRequest) => boolean, JsonObject, RegExp]>([
    ['status', 'rows', ROWS, { status: null }, /no status of a lesson/],
    ['status', 'details', isDetail, { status: null }, /no status of a lesson/],
    ['status', 'the lessons of the job', isListOfJob, { status: '' }, /no status of a lesson/],
    ['end', 'rows', ROWS, { finish: null }, /no end of a lesson/],
    ['end', 'details', isDetail, { finish: 'later' }, /no end of a lesson/],
    ['end', 'the lessons of the job', isListOfJob, { finish: undefined }, /no end of a lesson/],
    ['start', 'details', isDetail, { start: null }, /no start of a lesson/],
    ['ID', 'the lessons of the job', isListOfJob, { id: 'x', url: null }, /no ID of a lesson/],
    ['job', 'rows', ROWS, { service: null }, /no job of a lesson/],
    ['job', 'details', isDetail, { service: undefined }, /no job of a lesson/],
    ['job', 'the lessons of the job', isListOfJob, { service: {} }, /no job of a lesson/],
    ['job status', 'details', isDetail, { service: 801 }, /no status of the job of a lesson/],
    ['job status', 'details', isDetail, { service: { id: 801, status: '' } }, /no status of the job of a lesson/],
  ])('fails: the %s in %s', async (_value, _place, isAltered, changes, message) => {
    add(14.5);
    add(-1, 'cancelled');
    replaceIn(isAltered, changes);
    expect(await failureOf(idsOf())).toMatch(message);
  });

  it('needs no status of the job in rows', async () => {
    const { id } = add(14.5);
    replaceIn(ROWS, { service: 801 });
    expect(await idsOf()).toEqual([String(id)]);
  });
});

it('a Zap for each client gets the contact details of each family', async () => {
  const run = { run_for: 'client', fetch_details: true };
  await poll('job_gone_quiet', run, { meta: { isPopulatingDedupe: true } });
  const { id } = add(14.5);
  const [record, ...others] = await poll('job_gone_quiet', run, { keepsCache: true });
  expect(others).toEqual([]);
  expect(record).toMatchObject({
    id: `${id}:301`,
    job_name: 'Job 801',
    client_email: 'priya.raman@example.com',
    tutor_names: 'Hannah Whitlock',
  });
});

it('the message about missed lessons asks to check each job, because it may have later lessons', async () => {
  for (const ended of [13.9, 6.9, -7]) add(ended);
  expect(await idsOf()).toEqual([]);
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3 * 24 * 3_600_000);
  expect(await failureOf(idsOf({}, true))).toMatch(/ later lesson .*, do nothing\. Then do by hand/);
});
