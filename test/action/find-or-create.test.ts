/**
 * Find or Create, by one Zap and by two Zaps at the same time, against the stand-in for TutorCruncher's API. The name of
 * the record to create narrows the search.
 */

import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { until } from '../../relay/harness/until.ts';
import { searchOrCreates } from '../../creates/index.ts';
import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, findOrCreate, search, type Create } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

/** Inputs that identify the record to create, by pair. */
const NEW: Readonly<Record<string, JsonObject>> = {
  find_client: { email: 'novak@example.com', last_name: 'Novak' },
  find_tutor: { find_first_name: 'Jana', find_last_name: 'Novak', first_name: 'Jana', last_name: 'Novak' },
  find_student: { client: '301', first_name: 'Mia', last_name: 'Raman' },
  find_affiliate: { find_last_name: 'Novak', first_name: 'jana', last_name: 'Novak' },
  find_job: { find_name: 'Maths for Mia', find_whole_name: true, name: 'Maths for Mia', charge_rate: 42, pay_rate: 30 },
};

const PAIRS = ['find_client', 'find_tutor', 'find_student', 'find_affiliate'] as const;

describe.each(PAIRS)('the pair %s', (key) => {
  const inputData = { email: ' Novak@Example.com', first_name: 'Jana', last_name: 'Novak' };

  it('creates a person once, and finds the same record in later runs', async () => {
    const created = await findOrCreate(key, inputData);
    const found = { ...created, matches: 1 };
    expect(await findOrCreate(key, inputData)).toEqual(found);
    expect(await findOrCreate(key, { ...inputData, first_name: 'J.', email: 'NOVAK@example.com' })).toEqual(found);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it.each(['isOlderShape', 'ignoresFilters'] as const)(
    'creates the person only once in an account with %s',
    async (behaviour) => {
      tutorCruncher.now.behaviour[behaviour] = true;
      const created = await findOrCreate(key, inputData);
      expect((await findOrCreate(key, inputData)).id).toBe(created.id);
      expect(tutorCruncher.writes()).toHaveLength(1);
    },
  );

  it('creates nobody if the search cannot compare every record', async () => {
    tutorCruncher.now.behaviour.intercept = () => [500, {}];
    expect(await failureOf(findOrCreate(key, inputData))).toMatch(/having a problem/);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('a student of the same name with another client', () => {
  it('is another student', async () => {
    const inputData = { client: '302', find_first_name: 'Leo', find_last_name: 'Raman' };
    const created = await findOrCreate('find_student', { ...inputData, first_name: 'Leo', last_name: 'Raman' });
    expect(created.id).not.toBe(503);
    expect(created).toMatchObject({ student_name: 'Leo Raman', client_name: 'Marcus Adeyemi' });
    expect(await findOrCreate('find_student', inputData)).toEqual({ ...created, matches: 1 });
  });
});

describe.each(Object.keys(NEW))('two overlapping runs of the pair %s', (key) => {
  const inputData = NEW[key] ?? {};

  it('create one record, which both return', async () => {
    let searched = 0;
    let lastRun: Promise<unknown> = Promise.resolve();
    const create: Create = async (action, inputs, meta) => {
      searched++;
      await until(() => searched === 2);
      // If an action declares a lock, Zapier runs the action's runs on a connection one after another.
      expect(app.creates[action]?.operation.lock).toMatchObject({ key: action, scope: ['auth'] });
      const run = lastRun.then(() => act(action, inputs, meta));
      lastRun = run;
      return run;
    };
    const records = await Promise.all([findOrCreate(key, inputData, create), findOrCreate(key, inputData, create)]);
    expect(tutorCruncher.writes()).toHaveLength(1);
    const [created, found] = records.sort((a, b) => Number(a.matches) - Number(b.matches));
    expect([created.matches, found.matches]).toEqual([null, 1]);
    expect({ ...found, matches: null }).toEqual(created);
  });

  it('create nothing if the repeated search fails', async () => {
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path.includes('/api/branch/') ? null : [500, {}]);
    const pair = Object.values(searchOrCreates).find((one) => one.key === key);
    expect(await failureOf(act(pair?.create ?? '', inputData, { withSearch: key }))).toMatch(/having a problem/);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('an action in a pair', () => {
  it('repeats only the first page of its search, which contains all records that are new since the search', async () => {
    const rows = Array.from({ length: 150 }, (_, index) => ({
      id: 1000 + index,
      name: `Job ${index}`,
      status: 'pending',
    }));
    tutorCruncher.now.account.addList('services', rows);
    const before = tutorCruncher.now.requests.length;
    const created = await findOrCreate('find_job', NEW.find_job ?? {});
    expect(created.job_name).toBe('Maths for Mia');
    const pages = tutorCruncher.now.requests
      .slice(before)
      .filter(({ path }) => /^\/api\/services\/(?:\?|$)/.test(path));
    expect(pages.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/services/',
      'GET /api/services/?page=2',
      'GET /api/services/',
      'POST /api/services/',
    ]);
  });

  it('does not repeat a search outside a pair', async () => {
    const record = await act('create_client', NEW.find_client ?? {});
    expect(record).not.toHaveProperty('matches');
    expect(await failureOf(act('create_client', NEW.find_client ?? {}))).toMatch(/^TutorCruncher already has a client/);
  });
});

/** Pairs for people. The stand-in contains a person whom each pair finds. */
const NAMESAKES = [
  ['find_client', { id: 301, first: 'Priya', last: 'Raman' }],
  ['find_tutor', { id: 402, first: 'Hannah', last: 'Whitlock' }],
  ['find_student', { id: 503, first: 'Leo', last: 'Raman' }],
  ['find_affiliate', { id: 604, first: 'Owen', last: 'Brook' }],
] as const;

describe.each(NAMESAKES)('the pair %s', (key, { id, first, last }) => {
  it('does not find a relative of the person to create', async () => {
    const inputData = { find_last_name: last, first_name: 'Mia', last_name: last };
    const created = await findOrCreate(key, inputData);
    expect(created.id).not.toBe(id);
    expect(tutorCruncher.writes()).toMatchObject([{ body: { first_name: 'Mia', last_name: last } }]);
    expect((await findOrCreate(key, inputData)).id).toBe(created.id);
  });

  it('does not find a namesake of the person to create', async () => {
    const inputData = { find_first_name: first, first_name: first, last_name: 'Novak' };
    expect((await findOrCreate(key, inputData)).id).not.toBe(id);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('does not search by the name of the person to create alone, because a stranger may have the same name', async () => {
    const inputData = { email: '', find_first_name: ' ', first_name: first, last_name: last };
    expect(await failureOf(findOrCreate(key, inputData))).toMatch(/^This step has no email address.* Fill in "Email"/);
    expect(tutorCruncher.now.requests).toEqual([]);
  });

  it('uses the fields for finding instead of the names of the person to create', async () => {
    const inputData = { find_first_name: first, find_last_name: last, first_name: 'Mia', last_name: 'Novak' };
    expect((await findOrCreate(key, inputData)).id).toBe(id);
  });
});

describe('a student of a client', () => {
  const OF_PRIYA = { client: '301', last_name: 'Raman' };
  const createSibling = () => findOrCreate('find_student', { ...OF_PRIYA, find_first_name: 'Ben', first_name: 'Ben' });

  it('is not a sibling of the student to create', async () => {
    const mia = await findOrCreate('find_student', { ...OF_PRIYA, first_name: 'Mia' });
    expect(mia).toMatchObject({ student_name: 'Mia Raman', client_id: 301 });
    expect((await findOrCreate('find_student', { ...OF_PRIYA, first_name: 'mia' })).id).toBe(mia.id);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('is the only student of the client if the name of the student to create does not differ', async () => {
    expect((await findOrCreate('find_student', OF_PRIYA)).id).toBe(503);
    const other = await findOrCreate('find_student', { ...OF_PRIYA, last_name: 'Novak' });
    expect(other).toMatchObject({ student_name: 'Novak' });
  });

  it('is unclear if the client has several students with the last name of the student to create', async () => {
    await createSibling();
    expect(await failureOf(findOrCreate('find_student', OF_PRIYA))).toMatch(/^This client has several students/);
    expect((await findOrCreate('find_student', { ...OF_PRIYA, find_last_name: 'Raman' })).student_name).toMatch(
      /Raman$/,
    );
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('is the student with the email address, regardless of the name of the student to create', async () => {
    const inputData = { ...OF_PRIYA, email: 'leo.raman@example.com', first_name: 'Leonard', last_name: 'R.' };
    expect((await findOrCreate('find_student', inputData)).id).toBe(503);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('a job', () => {
  it('is found only by the field for finding, which may contain a part of its name', async () => {
    const inputData = { name: 'Maths for Mia', charge_rate: '42', pay_rate: '30' };
    expect((await findOrCreate('find_job', { ...inputData, find_name: 'GCSE Maths' })).id).toBe(705);
    expect(await failureOf(findOrCreate('find_job', inputData))).toMatch(/Fill in "Find Name"/);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('a criterion that is mapped and empty', () => {
  const PLACEHOLDER = '{{123456__id}}';
  const problemOf = (label: string) =>
    `The field "${label}" of this step is empty in this run, although a value is mapped`;

  it('is the name of the record to create in Find or Create, unless the search uses another criterion', async () => {
    const raw = { first_name: PLACEHOLDER };
    const named = { last_name: 'Raman', client: '301' };
    expect(await failureOf(search('find_student', named, {}, { ...named, ...raw }))).toContain(problemOf('First Name'));
    expect(await search('find_client', { email: 'priya.raman@example.com' }, {}, raw)).toMatchObject([{ id: 301 }]);
    expect(await search('find_client', { find_first_name: 'Priya' }, {}, raw)).toMatchObject([{ id: 301 }]);
  });

  it('stops Find or Create before it creates a record', async () => {
    const values = { last_name: 'Smith', first_name: 'Leo' };
    const meta = { withSearch: 'find_student' };
    expect(await failureOf(act('create_student', values, meta, { ...values, client: PLACEHOLDER }))).toContain(
      problemOf('Client'),
    );
    expect(tutorCruncher.requests()).toEqual([]);
  });
});
