/**
 * The traps of TutorCruncher's API and of Zapier that are about runs and their requests. Each trap has a `describe`
 * with its name. `test/traps-of-values.test.ts` contains the traps that are about values.
 */

import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { actions } from '../creates/index.ts';
import type { ApiRequest } from '../local/api/behaviour.ts';
import type { ApiResponse } from '../local/api/response.ts';
import { ACTION_RUNS } from './action-runs.ts';
import { app } from './helpers.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, find } from './steps.ts';

const tutorCruncher = useTutorCruncher();
const RUNS = Object.entries(ACTION_RUNS);

afterEach(() => {
  jest.restoreAllMocks();
});

const isWrite = ({ method }: ApiRequest) => method === 'POST' || method === 'PUT';
/** Replaces the response to some requests. */
const answer = (isMeant: (request: ApiRequest) => boolean, response: ApiResponse) => {
  tutorCruncher.now.behaviour.intercept = (request) => (isMeant(request) ? response : null);
};
const readAfterWrite = (request: ApiRequest) => !isWrite(request) && tutorCruncher.writes().length > 0;

describe('every action', () => {
  it('is covered by the tests below', () => {
    expect(Object.keys(ACTION_RUNS).sort()).toEqual(actions.map(({ definition }) => definition.key).sort());
  });
});

describe.each(RUNS)('unknown outcome: %s', (key, inputData) => {
  it('never repeats the write, and explains what to check before a replay, which Zapier may start automatically', async () => {
    answer(isWrite, [500, {}]);
    expect(await failureOf(act(key, inputData))).toMatch(
      /^TutorCruncher is having a problem \(HTTP status 500\)\. .*(?:before you replay this run|a replay does no harm|[Rr]eplaying this run does no harm)/,
    );
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});

describe.each(RUNS)('two requests in one run: %s', (key, inputData) => {
  it('writes exactly once, and makes at most three requests', async () => {
    await act(key, inputData);
    expect(tutorCruncher.writes()).toHaveLength(1);
    expect(tutorCruncher.requests().length).toBeLessThanOrEqual(3);
  });
});

describe.each(RUNS)('429 on the read after a write: %s', (key, inputData) => {
  it.each([429, 500, 404])('returns the result of the write if the read fails with status %d', async (status) => {
    // With the older shape, every person is read after the write.
    tutorCruncher.now.behaviour.isOlderShape = true;
    answer(readAfterWrite, [status, {}, { 'Retry-After': '17' }]);
    const record = await act(key, inputData);
    expect(record.id).toBeGreaterThan(0);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('leaves a 429 to Zapier if nothing has been written', async () => {
    answer(isWrite, [429, {}, { 'Retry-After': '17' }]);
    await expect(act(key, inputData)).rejects.toMatchObject({ name: 'ThrottledError' });
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});

describe('two Zaps create the same person at once', () => {
  it.each(['create_client', 'create_tutor', 'create_student', 'create_affiliate'])(
    '%s has a lock for all runs of a connection, because no required field identifies a person',
    (key) => {
      expect(app.creates[key]?.operation.lock).toEqual({ key, scope: ['auth'], timeout: 30 });
      const required = actions
        .find(({ definition }) => definition.key === key)
        ?.inputs.filter(({ field }) => field.required);
      expect(required?.map(({ field }) => field.key)).toEqual(['last_name']);
    },
  );
});

describe('two Zaps create the same enquiry or credit request at once', () => {
  it.each(['create_enquiry', 'create_credit_request'])('%s has a lock for all runs of a connection', (key) => {
    expect(app.creates[key]?.operation.lock).toEqual({ key, scope: ['auth'], timeout: 30 });
  });
});

describe.each(RUNS)('webhook loop: %s', (key, inputData) => {
  it('causes a signed webhook for every write, which a trigger receives as if a person had made the change', async () => {
    await act(key, inputData);
    const events = await tutorCruncher.triggered('any_event');
    // TutorCruncher sends no webhook when a label is removed from a person, and two webhooks for an enquiry.
    expect(events.length).toBeGreaterThanOrEqual(key === 'remove_label' ? 0 : tutorCruncher.writes().length);
    for (const event of events) expect(event.actor_name).toBe('Dana Mercer');
  });
});

describe.each([
  ['client', '301'],
  ['tutor', '402'],
  ['student', '503'],
  ['affiliate', '604'],
  ['job', '705'],
  ['lesson', '9109'],
  ['ad_hoc_charge', '77'],
])('webhook loop: update_%s', (word, id) => {
  it('causes an event with a message that a filter recognises, as described in the help text', async () => {
    await act(`update_${word}`, { [word]: id, topic: 'X', name: 'X', description: 'X', town: 'Wells' });
    const [event] = await tutorCruncher.triggered('any_event');
    expect(event?.event_message).toContain('via the API');
    const { inputFields } = app.creates[`update_${word}`]?.operation ?? {};
    expect(inputFields?.[0]).toMatchObject({
      key: word,
      helpText: expect.stringMatching(/only continue if Event Message does not contain "via the API"/) as unknown,
    });
  });
});

describe.each([
  ['create_job', 'New Job'],
  ['create_lesson', 'New Lesson'],
  ['create_credit_request', 'Credit Request Raised'],
  ['create_ad_hoc_charge', 'New Ad Hoc Charge'],
])('webhook loop: %s', (key, trigger) => {
  it(`warns of a Zap that starts with ${trigger}`, () => {
    const [field] = app.creates[key]?.operation.inputFields ?? [];
    expect(field).toMatchObject({ helpText: expect.stringContaining(`starts with ${trigger}`) as unknown });
    expect(field).toMatchObject({ helpText: expect.stringContaining('not contain "via the API"') as unknown });
  });
});

describe('a filter that TutorCruncher ignores returns the entire list', () => {
  const NOBODY = { email: 'nobody@example.com' };

  it.each<[string, object]>([
    ['find_client', NOBODY],
    ['find_tutor', NOBODY],
    ['find_student', NOBODY],
    ['find_affiliate', NOBODY],
    ['find_student', { client: '301', find_first_name: 'Nobody' }],
    ['find_job', { find_name: 'Nothing' }],
    ['find_job', { find_name: 'Piano', find_label: '26' }],
    ['find_lesson', { find_job: '705', find_status: 'planned' }],
    ['find_lesson', { find_student: '999', find_status: 'planned' }],
    ['find_ad_hoc_charge', { find_client: '999' }],
    ['find_report', { find_lesson: '999' }],
  ])('%s finds nothing for %j instead of the newest record', async (key, inputData) => {
    tutorCruncher.now.behaviour.ignoresFilters = true;
    expect(await find(key, { ...inputData })).toEqual([]);
  });

  it.each(Object.keys(app.searches))('%s never searches without a criterion', async (key) => {
    const blank = { email: ' ', find_first_name: '', find_last_name: null, find_name: '', client: '', find_client: [] };
    expect(await failureOf(find(key, blank))).toMatch(/^This step /);
    expect(tutorCruncher.requests()).toEqual([]);
  });
});

describe('paths', () => {
  const EVIL = [
    '12/take_payment',
    '../clients/301',
    '301?x=1',
    '301#',
    '%2e%2e',
    '３０１',
    '1e3',
    '-1',
    '0',
    '1.5',
    '9'.repeat(16),
  ];
  const isRecord = ({ field }: { field: { dynamic?: string } }) => field.dynamic !== undefined;

  it.each(RUNS)('%s accepts only digits for a record', async (key, inputData) => {
    const inputs = actions.find(({ definition }) => definition.key === key)?.inputs.filter(isRecord) ?? [];
    for (const { field } of inputs.filter(({ field: { key: name } }) => name in inputData)) {
      for (const value of EVIL) {
        expect(await failureOf(act(key, { ...inputData, [field.key]: value }))).toMatch(
          /does not contain an ID\. Choose|something that is not an ID/,
        );
      }
    }
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each(['find_client', 'find_tutor', 'find_student', 'find_affiliate', 'find_job', 'find_lesson'])(
    '%s accepts only digits for a record',
    async (key) => {
      for (const value of EVIL) {
        expect(await failureOf(find(key, { [key.slice('find_'.length)]: value }))).toMatch(/does not contain an ID/);
      }
      expect(tutorCruncher.requests()).toEqual([]);
    },
  );
});

describe.each(RUNS)('personal data in errors: %s', (key, inputData) => {
  it('contains no part of an error response', async () => {
    const secret = 'Leo Raman leo@example.com';
    for (const status of [400, 401, 403, 404, 409, 500]) {
      answer(isWrite, [
        status,
        { [secret]: [secret], last_name: [secret], detail: secret, non_field_errors: [secret] },
      ]);
      expect([status, await failureOf(act(key, inputData))]).toEqual([
        status,
        expect.not.stringMatching(/Raman|leo@/i),
      ]);
    }
  });
});

describe('the limits of a step', () => {
  it('a search for a job reads at most ten pages, and then reports that it could not check everything', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => ({ id: index + 1, name: 'Another', status: 'pending' }));
    answer(() => true, [200, { count: 5000, next: 'https://app.tutorcruncher.com/x', previous: null, results: rows }]);
    expect(await failureOf(find('find_job', { find_name: 'Piano' }))).toMatch(
      /^There are too many jobs .* Fill in Find Label/,
    );
    expect(tutorCruncher.requests()).toHaveLength(10);
  });

  it('a search for a job requests no more pages after 20 seconds, and then reports that it could not check everything', async () => {
    const rows = [{ id: 1, name: 'Another', status: 'pending' }];
    const now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now + tutorCruncher.requests().length * 7000);
    answer(() => true, [200, { count: 500, next: 'https://app.tutorcruncher.com/x', previous: null, results: rows }]);
    expect(await failureOf(find('find_job', { find_name: 'Piano' }))).toMatch(/^There are too many jobs /);
    expect(tutorCruncher.requests()).toHaveLength(3);
  });

  it('all runs of a connection share a limit that keeps them below 100 requests per minute', () => {
    expect(app.throttle).toEqual({ window: 60, limit: 30, scope: ['auth'] });
  });
});
