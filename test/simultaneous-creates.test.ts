/**
 * Find or Create, and two Zaps that create the same person at the same time, against the stand-in for TutorCruncher's
 * API.
 */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { until } from '../relay/harness/until.ts';
import type { FlatRecord } from '../src/record/record.ts';
import type { JsonObject } from '../wire/json.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, findOrCreate, type Create } from './steps.ts';
import { createLocks, type Owner } from './zapier-locks.ts';

const tutorCruncher = useTutorCruncher();

const PAIRS = ['find_client', 'find_tutor', 'find_student', 'find_affiliate'] as const;
const listed = (path: string, email: string) =>
  (tutorCruncher.now.account.list(path) ?? []).filter((record) => record.email === email);

describe.each(PAIRS)('the pair %s', (key) => {
  const inputData = { email: ' Novak@Example.com', first_name: 'Jana', last_name: 'Novak' };

  it('creates a person once, and finds the same record in later runs', async () => {
    const created = await findOrCreate(key, inputData);
    expect(await findOrCreate(key, inputData)).toEqual(created);
    expect(await findOrCreate(key, { ...inputData, first_name: 'J.', email: 'NOVAK@example.com' })).toEqual(created);
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
    expect(await findOrCreate('find_student', inputData)).toEqual(created);
  });
});

describe('two Zaps that create the same client at once', () => {
  const NOVAK = { email: 'novak@example.com', last_name: 'Novak' };
  const OWNER: Owner = { auth: 'one connection' };
  const DUPLICATE = /^TutorCruncher already has a client with this email address, so nothing was created\./;
  let inFlight: number;
  let mostInFlight: number;
  /**
   * Number of writes that receive a response only once all of them are in flight. A single write waits 100 ms for
   * others.
   */
  let together: number;

  beforeEach(() => {
    inFlight = 0;
    mostInFlight = 0;
    together = 1;
    tutorCruncher.now.behaviour.intercept = async ({ method }) => {
      if (method !== 'POST') return null;
      mostInFlight = Math.max(mostInFlight, ++inFlight);
      if (together > 1) await until(() => mostInFlight >= together);
      else await new Promise((resolve) => setTimeout(resolve, 100));
      inFlight--;
      return null;
    };
  });

  /** Runs actions concurrently, each with its connection's locks. Returns their records and error messages. */
  async function atOnce(runs: readonly (readonly [Owner, key: string, inputData: JsonObject])[]) {
    const withLock = createLocks();
    const started = runs.map(([owner, key, inputData]) => withLock(key, owner, () => act(key, inputData)));
    return Promise.all(started.map((run) => run.catch((error: unknown) => failureOf(Promise.reject(error as Error)))));
  }

  it('wait for each other, and the second receives an error about the first', async () => {
    const [first, second] = await atOnce([
      [OWNER, 'create_client', NOVAK],
      [OWNER, 'create_client', { ...NOVAK, first_name: 'Jana' }],
    ]);
    expect(mostInFlight).toBe(1);
    expect(first).toMatchObject({ client_email: NOVAK.email });
    expect(second).toMatch(DUPLICATE);
    expect(listed('clients', NOVAK.email)).toHaveLength(1);
  });

  it('do not wait for other actions or connections, or for actions that can be repeated safely', async () => {
    together = 2;
    await atOnce([
      [OWNER, 'create_client', NOVAK],
      [OWNER, 'create_tutor', NOVAK],
    ]);
    expect(mostInFlight).toBe(2);
    mostInFlight = 0;
    together = 4;
    await atOnce([
      [OWNER, 'create_client', { last_name: 'A' }],
      [{ auth: 'another connection' }, 'create_client', { last_name: 'B' }],
      [OWNER, 'update_client', { client: '301', town: 'Wells' }],
      [OWNER, 'update_client', { client: '301', town: 'Wells' }],
    ]);
    expect(mostInFlight).toBe(4);
  });

  it('send both writes at once without the lock, and TutorCruncher refuses one of them', async () => {
    together = 2;
    const runs = await Promise.allSettled([act('create_client', NOVAK), act('create_client', NOVAK)]);
    expect(mostInFlight).toBe(2);
    expect(runs.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = runs.find((run) => run.status === 'rejected');
    expect(await failureOf(Promise.reject(refused?.reason as Error))).toMatch(DUPLICATE);
    expect(listed('clients', NOVAK.email)).toHaveLength(1);
  });

  it('both find no client with Find or Create, and the replay of the refused run finds the client', async () => {
    const withLock = createLocks();
    let searched = 0;
    const create: Create = async (key, inputData, meta) => {
      searched++;
      await until(() => searched === 2);
      return withLock(key, OWNER, () => act(key, inputData, meta));
    };
    const [first, second] = await Promise.allSettled([
      findOrCreate('find_client', NOVAK, create),
      findOrCreate('find_client', NOVAK, create),
    ]);
    expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
    const created = first.status === 'fulfilled' ? first.value : second.status === 'fulfilled' ? second.value : null;
    expect(await findOrCreate('find_client', NOVAK, create)).toEqual(created);
    expect(listed('clients', NOVAK.email)).toHaveLength(1);
  });

  it('create two clients without an email address, because nothing else identifies a client', async () => {
    const [first, second] = await atOnce([
      [OWNER, 'create_client', { last_name: 'Novak' }],
      [OWNER, 'create_client', { last_name: 'Novak' }],
    ]);
    expect(mostInFlight).toBe(1);
    expect((second as FlatRecord).id).toBe(Number((first as FlatRecord).id) + 1);
  });
});
