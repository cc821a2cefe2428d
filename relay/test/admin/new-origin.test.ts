/**
 * The origin of a relay: starts with a different origin, a restore on another machine, and the `new-origin` command.
 */

import { join } from 'node:path';

import { beforeEach, describe, expect, it } from '@jest/globals';

import { openFile } from '../../store/sqlite/open-file.ts';
import { runIn, startAdminRelay } from '../support/admin-relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeWithDatabase } from '../support/test-database.ts';

const [OLD, NEW] = ['https://relay.example.com', 'https://new.example.com'];
const REFUSAL =
  `The store belongs to the relay at ${OLD}, but RELAY_ORIGIN is ${NEW}. Set RELAY_ORIGIN to ${OLD}. With another ` +
  'origin, the webhook URLs in TutorCruncher must be replaced, and every Zap must be turned off and on: the store has 1 ' +
  `channel and 2 Zaps. To change the origin nevertheless, see the output of "new-origin ${NEW}".`;
const COSTS = expect.stringMatching(
  /^The store belongs to the relay at https:\/\/relay\.example\.com, with 1 channel and 2 Zaps\. With https:\/\/new\.example\.com instead:\n- .*npm run zapier -- setup https:\/\/new\.example\.com\n- .*\n.*\n- .*turns each Zap off and on, and pastes the new webhook URL into TutorCruncher\.\n[^]*\nNothing was changed\. To accept https:\/\/new\.example\.com, repeat the command with --yes\.$/,
);
const folder = temporaryFolder();
let count = 0;

/** Defines the tests for a kind of store. */
function define(newStore: () => Promise<Record<string, string>>): void {
  let environment: Record<string, string>;
  beforeEach(async () => {
    environment = { ...(await newStore()), RELAY_ADMIN_SOCKET: join(folder, `${++count}.sock`) };
  });
  const start = (origin: string) => startAdminRelay({ ...environment, RELAY_ORIGIN: origin });
  const required = { RELAY_ORIGIN: NEW, RELAY_REGISTRATION_SECRET: 'a-registration-secret-of-nobody' };
  const run = (...args: readonly string[]) => runIn({ ...environment, ...required }, 'new-origin', ...args);

  /** Starts a relay with the old origin, whose channel has two Zaps. */
  async function startWithZaps() {
    const relay = await start(OLD);
    for (const path of ['a', 'b']) await relay.subscribe(`https://hooks.zapier.com/hooks/standard/1/${path}/`);
    return relay;
  }

  it('refuses a different origin when it starts, states the cost of the change, and changes nothing', async () => {
    await (await startWithZaps()).stop();
    await expect(start(NEW)).rejects.toThrow(REFUSAL);
    const relay = await start(OLD);
    expect(await relay.rows('channels')).toMatchObject([{ ZAPS: '2' }]);
    await relay.stop();
  });

  it('accepts a different origin by a command while it runs, and uses it after a restart', async () => {
    const relay = await startWithZaps();
    expect(await relay.run(`new-origin ${NEW}`)).toEqual({ code: 0, output: COSTS });
    expect(await relay.run(`new-origin ${OLD}`)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^The store already/),
    });
    const accepted = await relay.run(`new-origin ${NEW}/ --yes`);
    expect(accepted).toMatchObject({
      code: 0,
      output: expect.stringContaining(
        `instead of ${OLD} with 1 channel and 2 Zaps.\nSet RELAY_ORIGIN to ${NEW}, and restart`,
      ),
    });
    expect(relay.logged()).toContain('An operator accepted another origin.');
    await relay.stop();
    await expect(start(OLD)).rejects.toThrow(`The store belongs to the relay at ${NEW}, but RELAY_ORIGIN is ${OLD}.`);
    await (await start(NEW)).stop();
  });

  it('accepts a different origin by a command after a start that was refused', async () => {
    await (await startWithZaps()).stop();
    await expect(start(NEW)).rejects.toThrow(REFUSAL);
    expect(await run(NEW)).toEqual({ code: 0, output: COSTS });
    await expect(start(NEW)).rejects.toThrow(REFUSAL);
    expect(await run(NEW, '--yes')).toMatchObject({ code: 0 });
    await (await start(NEW)).stop();
  });

  it('asks only for another build of the app if the store has no channels', async () => {
    await (await start(OLD)).stop();
    const { output } = await run(NEW);
    expect(output).toContain('with 0 channels and 0 Zaps');
    expect(output).not.toContain('TutorCruncher');
  });
}

describe('a relay with a SQLite file', () => {
  define(() => Promise.resolve({ RELAY_SQLITE_PATH: join(folder, `${++count}.sqlite`) }));

  it('refuses a restored backup of a relay with a different origin, on another machine', async () => {
    const path = (name: string) => join(folder, `${name}-${count}`);
    const source = await startAdminRelay({
      RELAY_SQLITE_PATH: path('source'),
      RELAY_ADMIN_SOCKET: path('source.sock'),
    });
    await source.subscribe('https://hooks.zapier.com/hooks/standard/1/a/');
    await source.run(`backup ${path('backup')}`);
    await source.stop();
    const other = { RELAY_SQLITE_PATH: path('other'), RELAY_ADMIN_SOCKET: path('other.sock') };
    expect(await runIn(other, 'restore', path('backup'))).toMatchObject({ code: 0 });
    await expect(startAdminRelay({ ...other, RELAY_ORIGIN: NEW })).rejects.toThrow(
      /belongs to the relay at .* 1 channel and 1 Zap\./,
    );
    await (await startAdminRelay(other)).stop();
  });

  it.each([
    [
      'relay.example.com',
      'The new origin must be an origin such as https://relay.example.com, not "relay.example.com".',
    ],
    ['http://relay.example.com', 'The new origin must start with https://, except for a relay on localhost'],
    ['https://user:secret@relay.example.com', 'not a URL with a user name or a path.'],
  ])('refuses %s as a new origin', async (origin, message) => {
    const environment = {
      RELAY_SQLITE_PATH: join(folder, `${++count}.sqlite`),
      RELAY_ADMIN_SOCKET: join(folder, `${count}.sock`),
    };
    const relay = await startAdminRelay(environment);
    const failed = { code: 1, output: expect.stringContaining(message) };
    expect(await relay.run(`new-origin ${origin} --yes`)).toEqual(failed);
    await relay.stop();
  });

  it('must have been started once before the command', async () => {
    const path = join(folder, `${++count}.sqlite`);
    openFile(path).close();
    const environment = {
      RELAY_SQLITE_PATH: path,
      RELAY_ORIGIN: NEW,
      RELAY_REGISTRATION_SECRET: 'a-registration-secret-of-nobody',
    };
    expect(await runIn(environment, 'new-origin', NEW, '--yes')).toEqual({
      code: 1,
      output:
        'The store has no origin yet. Set RELAY_ORIGIN, and start the relay, which saves the origin in the store.',
    });
  });

  it('refuses the command if its file does not exist, and creates no file', async () => {
    const environment = {
      RELAY_SQLITE_PATH: join(folder, 'no.sqlite'),
      RELAY_ORIGIN: NEW,
      RELAY_REGISTRATION_SECRET: 'a-registration-secret-of-nobody',
    };
    const message = expect.stringMatching(/^There is no SQLite file at /);
    expect(await runIn(environment, 'new-origin', NEW, '--yes')).toEqual({ code: 1, output: message });
    expect(await runIn(environment, 'new-origin', NEW, '--yes')).toEqual({ code: 1, output: message });
  });
});

describeWithDatabase('a relay with PostgreSQL', (database) => {
  define(async () => ({ RELAY_DATABASE_URL: await database.newSchema() }));

  it('starts only one of two processes that start at the same time with different origins', async () => {
    const RELAY_DATABASE_URL = await database.newSchema();
    const started = await Promise.allSettled(
      [OLD, NEW].map((RELAY_ORIGIN, index) =>
        startAdminRelay({
          RELAY_DATABASE_URL,
          RELAY_ORIGIN,
          RELAY_ADMIN_SOCKET: join(folder, `${++count}-${index}.sock`),
        }),
      ),
    );
    expect(started.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (const result of started) {
      if (result.status === 'fulfilled') await result.value.stop();
      else expect(String(result.reason)).toMatch(/The store belongs to the relay at /);
    }
  });
});
