/**
 * The replacement of a private key under load, with the steps in the order of `docs/guide.md`, and the replacement
 * without a relay.
 */

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { startTutorCruncher, type TutorCruncher } from '../../../local/api/tutorcruncher.ts';
import { deliveryOf, triggerOf } from '../../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../../local/signed-delivery.ts';
import { createRunner, recordsOf, type App, type Outcome } from '../../../local/app-runner.ts';
import { freePort } from '../../../relay/harness/free-port.ts';
import { startRelayProcess, type RelayProcess } from '../../../relay/harness/relay-process.ts';
import {
  KEY as OLD_KEY,
  ORIGIN,
  OTHER_KEY as NEW_KEY,
  REGISTRATION_SECRET,
} from '../../../relay/harness/sample-delivery.ts';
import { until } from '../../../relay/harness/until.ts';
import { temporaryFolder } from '../../../relay/test/support/temporary-folder.ts';
import { describeWithDatabase } from '../../../relay/test/support/test-database.ts';
import { build } from '../../../scripts/build.ts';
import { loadApp, prepareFolder } from '../../../snapshots/built-versions.ts';
import { KeyReplacement, TRIGGERS } from '../../support/key-replacement.ts';

const [FAILING] = TRIGGERS;

const folder = temporaryFolder();
let bundle: string;
let tutorCruncher: TutorCruncher;
let relay: RelayProcess | null = null;
let branch: KeyReplacement;
let count = 0;

beforeAll(async () => {
  prepareFolder(folder);
  await build(join(folder, 'built'), ORIGIN);
  bundle = readFileSync(join(folder, 'built/index.js'), 'utf8');
});
beforeEach(async () => {
  tutorCruncher = await startTutorCruncher(OLD_KEY, NEW_KEY);
  process.env.TUTORCRUNCHER_URL = tutorCruncher.origin;
  process.env.RELAY_REGISTRATION_SECRET = REGISTRATION_SECRET;
});
afterEach(async () => {
  await branch.close();
  await relay?.kill('SIGTERM');
  delete process.env.TUTORCRUNCHER_URL;
  delete process.env.RELAY_REGISTRATION_SECRET;
  await tutorCruncher.stop();
});

/** Starts a relay, turns the Zaps on with the old key, and starts a flow of events. */
async function startBranch(database: Readonly<Record<string, string>>): Promise<void> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  branch = new KeyReplacement(await loadApp(folder, `app-${++count}`, bundle, origin), origin, OLD_KEY);
  await branch.listen();
  relay = await startRelayProcess({ port, environment: { ...database, RELAY_TARGET_ORIGINS: branch.zapOrigin } });
  await branch.enterKey(OLD_KEY);
  for (const trigger of TRIGGERS) await branch.turnOn(trigger);
  await branch.pasteUrl();
  branch.startEvents();
  await branch.moreEvents(20);
}

const turnAll = async (turn: 'turnOn' | 'turnOff'): Promise<void> => {
  for (const trigger of TRIGGERS) {
    await branch[turn](trigger);
    await branch.moreEvents(1);
  }
};

function define(databaseOf: () => Promise<Readonly<Record<string, string>>>): void {
  it('loses no event when the Zaps are turned off and on, because the console sends what they have missed', async () => {
    await startBranch(await databaseOf());
    branch.failing.add(FAILING);
    await branch.moreEvents(20);
    const offSince = Date.now();
    await turnAll('turnOff');
    branch.failing.delete(FAILING);
    await branch.moreEvents(10);
    await turnAll('turnOn');
    await branch.moreEvents(10);
    await branch.stopEvents();

    const console = await branch.openConsole();
    expect(await branch.sendStopped(console)).toBeGreaterThan(0);
    expect(await branch.sendMissed(console, offSince)).toBeGreaterThanOrEqual(20);
    await until(async () => {
      const records = await branch.records();
      return branch.pairs().every((pair) => records.has(pair));
    });
    expect(await branch.errors()).toEqual([]);
  });

  it('misses no event in the order off, key, URL, on: each runs its Zap or is listed in a console', async () => {
    await startBranch(await databaseOf());
    const oldConsole = await branch.openConsole();
    // One Zap does not accept its events, so events are waiting when the Zap is turned off.
    branch.failing.add(FAILING);
    await branch.moreEvents(20);

    await turnAll('turnOff');
    branch.failing.delete(FAILING);
    await branch.moreEvents(10);
    await branch.enterKey(NEW_KEY);
    await branch.moreEvents(5);
    await branch.pasteUrl();
    await branch.moreEvents(5);
    await turnAll('turnOn');
    await branch.moreEvents(20);
    branch.integrations.delete(OLD_KEY);
    await branch.moreEvents(20);
    await branch.stopEvents();

    const newConsole = await branch.openConsole();
    const missed = await branch.listedAs(newConsole, 'not_wanted');
    expect(missed.length).toBeGreaterThanOrEqual(TRIGGERS.length);
    expect(await branch.sendMissed(newConsole)).toBe(missed.length);
    const stopped = await branch.listedAs(oldConsole, 'given_up');
    expect(stopped.length).toBeGreaterThan(0);
    const listed = new Set([...stopped, ...(await branch.listedAs(oldConsole, 'not_wanted'))]);
    await until(async () => {
      const records = await branch.records();
      return (
        missed.every((pair) => records.has(pair)) &&
        branch.pairs().every((pair) => records.has(pair) || listed.has(pair))
      );
    });
    expect(await branch.errors()).toEqual([]);
    const records = await branch.records();
    for (const same of records.values()) expect(new Set(same.map(({ id }) => id)).size).toBe(1);
    // The relay does not compare the events of the new key with events of the old key.
    const [first, last] = [missed[0], branch.pairs().at(-1)].map((pair) => pair && records.get(pair));
    expect(first?.map(({ changes_known }) => changes_known)).toEqual([false]);
    expect(last?.map(({ changes_known }) => changes_known)).toEqual([true]);
  });

  it('tells in Zap history and in the status of a trigger what to do, if the key is entered while the Zaps are on', async () => {
    await startBranch(await databaseOf());
    const [trigger] = TRIGGERS;
    await branch.enterKey(NEW_KEY);
    await until(async () => (await branch.errors()).length >= 2 * TRIGGERS.length);
    for (const error of await branch.errors()) {
      expect(error).toMatch(
        /^This request was refused because it is sealed for another private key, .* Turn the Zap off/,
      );
    }
    const OLD_KEY_STATUS = 'A Zap with this trigger still uses an old private key';
    expect(await branch.statusOf(trigger)).toContain(OLD_KEY_STATUS);

    expect(await branch.zapsAt(OLD_KEY)).toBe(TRIGGERS.length);
    await turnAll('turnOff');
    expect(await branch.zapsAt(OLD_KEY)).toBe(0);
    await branch.pasteUrl();
    await turnAll('turnOn');
    const errors = await branch.errors();
    const count = branch.events.length;
    await branch.moreEvents(2 * TRIGGERS.length);
    await branch.stopEvents();
    await until(async () => {
      const records = await branch.records();
      return branch.pairs(count).every((pair) => records.has(pair));
    });
    expect(await branch.errors()).toEqual(errors);
    expect(await branch.statusOf(trigger)).not.toContain(OLD_KEY_STATUS);
  });
}

describe('replacing the private key at a relay with a SQLite file', () => {
  define(() => {
    const store = join(folder, `store-${count}`);
    mkdirSync(store);
    return Promise.resolve({ RELAY_SQLITE_PATH: join(store, 'relay.sqlite') });
  });
});

describeWithDatabase('replacing the private key at a relay with PostgreSQL', (database) => {
  define(async () => ({ RELAY_DATABASE_URL: await database.newSchema() }));
});

it('runs a Zap without a relay once for each event, if the new integration has its URL before the connection has the key', async () => {
  await build(join(folder, 'built-direct'), null);
  const { default: app } = (await import(join(folder, 'built-direct/index.js'))) as { default: App };
  const [trigger] = TRIGGERS;
  const outcomes: Outcome[] = [];
  for (const [index, key] of [OLD_KEY, OLD_KEY, NEW_KEY, NEW_KEY].entries()) {
    const delivery = deliveryOf({ ...triggerOf(trigger).sampleEvent, extra_msg: String(index) });
    // Both integrations, one for each key, send the event to the URL of the Zap.
    for (const signer of [OLD_KEY, NEW_KEY]) {
      const { body, headers } = requestFromTutorCruncher(delivery, signer);
      outcomes.push(
        await createRunner(app, key).perform(trigger, { body, headers: { ...headers } }, { time_zone: 'UTC' }),
      );
    }
  }
  expect(outcomes.flatMap(recordsOf).map(({ event_message }) => event_message)).toEqual(['0', '1', '2', '3']);
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  expect(errors).toHaveLength(4);
  for (const error of errors) expect(error).toMatch(/signature does not match this connection's private key/);
});
