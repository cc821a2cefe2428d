/**
 * Find or Create, and two Zaps that create the same person at the same time, against the stand-in for TutorCruncher's
 * API.
 */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { until } from '../relay/harness/until.ts';
import { searchOrCreates } from '../creates/index.ts';
import type { FlatRecord } from '../src/record/record.ts';
import type { JsonObject } from '../wire/json.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, findOrCreate, type Create } from './steps.ts';
import { createLocks, type Owner } from './zapier-locks.ts';

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
const listed = (path: string, email: string) =>
  tutorCruncher.now.account.list(path).filter((record) => record.email === email);

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

  it('creates nobody if the search cannot check everything, or has no criteria', async () => {
    tutorCruncher.now.behaviour.intercept = () => [500, {}];
    expect(await failureOf(findOrCreate(key, inputData))).toMatch(/having a problem/);
    tutorCruncher.now.behaviour.intercept = () => null;
    expect(await failureOf(findOrCreate(key, { ...inputData, email: '' }))).toMatch(/no email address/);
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

describe('two Zaps that create the same client at once', () => {
  const NOVAK = { email: 'novak@example.com', last_name: 'Novak' };
  const OWNER: Owner = { auth: 'one connection' };
  const DUPLICATE = /^TutorCruncher already has a client with this email address, so nothing was created\./;
  let running: number;
  let mostRunning: number;

  beforeEach(() => {
    running = 0;
    mostRunning = 0;
  });

  /** Runs actions concurrently, each with its connection's locks. Returns their records and error messages. */
  async function atOnce(runs: readonly (readonly [Owner, key: string, inputData: JsonObject])[]) {
    const withLock = createLocks();
    const started = runs.map(([owner, key, inputData]) =>
      withLock(key, owner, () => {
        mostRunning = Math.max(mostRunning, ++running);
        return act(key, inputData).finally(() => running--);
      }),
    );
    return Promise.all(started.map((run) => run.catch((error: unknown) => failureOf(Promise.reject(error as Error)))));
  }

  it('wait for each other, and the second receives an error about the first', async () => {
    const [first, second] = await atOnce([
      [OWNER, 'create_client', NOVAK],
      [OWNER, 'create_client', { ...NOVAK, first_name: 'Jana' }],
    ]);
    expect(mostRunning).toBe(1);
    expect(first).toMatchObject({ client_email: NOVAK.email });
    expect(second).toMatch(DUPLICATE);
    expect(listed('clients', NOVAK.email)).toHaveLength(1);
  });

  it('do not wait for other actions or connections, or for actions that can be repeated safely', async () => {
    await atOnce([
      [OWNER, 'create_client', NOVAK],
      [OWNER, 'create_tutor', NOVAK],
    ]);
    expect(mostRunning).toBe(2);
    mostRunning = 0;
    await atOnce([
      [OWNER, 'create_client', { last_name: 'A' }],
      [{ auth: 'another connection' }, 'create_client', { last_name: 'B' }],
      [OWNER, 'update_client', { client: '301', town: 'Wells' }],
      [OWNER, 'update_client', { client: '301', town: 'Wells' }],
    ]);
    expect(mostRunning).toBe(4);
  });

  it('send both writes at once without the lock, and TutorCruncher refuses one of them', async () => {
    let writes = 0;
    tutorCruncher.now.behaviour.intercept = async ({ method }) => {
      if (method === 'POST') writes++;
      await until(() => method !== 'POST' || writes === 2);
      return null;
    };
    const runs = await Promise.allSettled([act('create_client', NOVAK), act('create_client', NOVAK)]);
    expect(runs.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = runs.find((run) => run.status === 'rejected');
    expect(await failureOf(Promise.reject(refused?.reason as Error))).toMatch(DUPLICATE);
    expect(listed('clients', NOVAK.email)).toHaveLength(1);
  });

  it('create two clients without an email address, because nothing else identifies a client', async () => {
    const [first, second] = await atOnce([
      [OWNER, 'create_client', { last_name: 'Novak' }],
      [OWNER, 'create_client', { last_name: 'Novak' }],
    ]);
    expect(mostRunning).toBe(1);
    expect((second as FlatRecord).id).toBe(Number((first as FlatRecord).id) + 1);
  });
});

describe.each(Object.keys(NEW))('two overlapping runs of the pair %s', (key) => {
  const inputData = NEW[key] ?? {};
  const OWNER: Owner = { auth: 'one connection' };

  it('create one record, which both return', async () => {
    const withLock = createLocks();
    let searched = 0;
    const create: Create = async (action, inputs, meta) => {
      searched++;
      await until(() => searched === 2);
      return withLock(action, OWNER, () => act(action, inputs, meta));
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
