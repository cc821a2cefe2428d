/**
 * The steps of `docs/branches.md`, carried out by two branches with one relay and their stand-ins for TutorCruncher.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { BRANCH } from '../../local/api/choices.ts';
import { startTutorCruncher } from '../../local/api/tutorcruncher.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { readConfig } from '../../relay/config.ts';
import { until } from '../../relay/harness/until.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { CONSOLE_EVENTS_PATH, type EventListResponse } from '../../wire/console-api.ts';
import { deriveLink } from '../../wire/console-link.ts';
import { bundleWith, loadRelayApp } from '../support/relay-app.ts';

const PAGE = readFileSync('docs/branches.md', 'utf8');

const relay = await loadRelayApp();

const BATH_KEY = 'the-private-key-of-the-branch-in-bath-012345';
const BATH = { ...BRANCH, id: 17, name: 'Bath Branch' };
const bristol = await startTutorCruncher(PRIVATE_KEY);
const bath = await startTutorCruncher(BATH_KEY);
bath.behaviour.alter = ({ path }, response) => (path === '/api/branch/' ? [200, BATH] : response);

/** TutorCruncher's host, which chooses the branch by the private key. */
const host = createServer((request, response) => {
  void buffer(request).then(async (body) => {
    const { method = 'GET', url = '', headers } = request;
    const authorization = headers.authorization ?? '';
    const { origin } = authorization.includes(BATH_KEY) ? bath : bristol;
    const answer = await fetch(`${origin}${url}`, {
      method,
      headers: { authorization },
      ...(body.length > 0 && { body }),
    });
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(await answer.text());
  });
});
await once(host.listen(0, '127.0.0.1'), 'listening');
afterAll(async () => {
  host.closeAllConnections();
  host.close();
  await Promise.all([bristol.stop(), bath.stop()]);
});

/** The trigger of each branch's Zap. Tests identify the Zap by its trigger. */
const OF_BRISTOL = 'lesson_completed';
const OF_BATH = 'client_updated';
const keyOf = (trigger: string) => (trigger === OF_BATH ? BATH_KEY : PRIVATE_KEY);
const eventIn = { [OF_BRISTOL]: { branch: BRANCH.id }, [OF_BATH]: { branch: BATH.id } };

beforeEach(async () => {
  process.env.TUTORCRUNCHER_URL = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  relay.keys.set(OF_BATH, BATH_KEY);
  await relay.startRelay();
});
afterEach(async () => {
  await relay.stopRelay();
  relay.deleteStore();
  relay.zaps.clear();
});

const turnOnBoth = async () => {
  for (const trigger of [OF_BRISTOL, OF_BATH]) await relay.turnOn(trigger);
};
/** Sends the event of a branch to the URL of a branch. */
const send = async (trigger: keyof typeof eventIn, urlOf = trigger) =>
  relay.happens(trigger, eventIn[trigger], keyOf(trigger), await relay.pastedUrl(keyOf(urlOf)));
const textBeside = async (trigger: string) => (await relay.fieldOf(trigger))?.helpText ?? '';
/** Returns the actions of the events that the link from a Zap shows. */
async function eventsShown(trigger: string): Promise<unknown[]> {
  const [, secret = ''] = /\/console#([\w-]{43})/.exec(await textBeside(trigger)) ?? [];
  const { accessToken } = await deriveLink(secret);
  const headers = { authorization: `Bearer ${accessToken}` };
  const { events } = (await (
    await fetch(`${relay.origin}${CONSOLE_EVENTS_PATH}`, { headers })
  ).json()) as EventListResponse;
  return events.map(({ envelope }) => envelope.actions);
}

describe('the page', () => {
  it('has at most 400 words, and the number of channels of a relay', () => {
    expect(PAGE.split(/\s+/).filter((word) => /\w/.test(word)).length).toBeLessThanOrEqual(400);
    const { maxChannels } = readConfig({
      RELAY_ORIGIN: 'https://relay.example.com',
      RELAY_REGISTRATION_SECRET: 'x'.repeat(32),
    });
    expect(PAGE).toContain(`A relay has ${maxChannels} by default.`);
  });
});

describe('One connection for each branch', () => {
  it('has the name of the branch, and so has the text beside the webhook URL', async () => {
    for (const [trigger, branch] of [
      [OF_BRISTOL, BRANCH],
      [OF_BATH, BATH],
    ] as const) {
      const authData = { private_key: keyOf(trigger), connection_name: 'Zaps' };
      const inputData = await relay.call(relay.app.authentication.test, { authData });
      const { connectionLabel } = relay.app.authentication as unknown as { connectionLabel: unknown };
      const label = await relay.call(connectionLabel, { authData, inputData });
      expect(label).toBe(`Zaps – ${branch.name} (Bright Sparks Tuition)`);
      expect(await textBeside(trigger)).toContain(`**Settings > API** in ${branch.name} and`);
    }
    expect(PAGE.replace(/\s+/g, ' ')).toContain('"Zaps – Bristol Branch (Bright Sparks Tuition)"');
  });

  it('with the URLs pasted the wrong way round: runs nothing, and the text beside each URL names the branch to which it belongs', async () => {
    await turnOnBoth();
    // The trigger of each branch's Zap selects the event of the other branch.
    await relay.happens(OF_BATH, eventIn[OF_BRISTOL], PRIVATE_KEY, await relay.pastedUrl(BATH_KEY));
    await relay.happens(OF_BRISTOL, eventIn[OF_BATH], BATH_KEY, await relay.pastedUrl());
    for (const [trigger, { name }] of [
      [OF_BRISTOL, BRANCH],
      [OF_BATH, BATH],
    ] as const) {
      await until(() => relay.zaps.has(trigger));
      const [outcome] = relay.zaps.get(trigger) ?? [];
      // Once Zapier's cache contains the name of the other branch, the message states this name
      // (`test/instant/other-branch.test.ts`).
      expect(outcome).toMatchObject({ isRefusal: true, error: expect.stringContaining('signature does not match') });
      expect(relay.recordsOf(trigger)).toEqual([]);
      expect(await textBeside(trigger)).toMatch(new RegExp(`in ${name} and .*signed with another private key`, 's'));
    }
  });
});

it('Copy a Zap for another branch: the steps read and write in the branch of the connection only', async () => {
  const { perform } = (relay.app as unknown as { creates: Record<string, { operation: { perform: unknown } }> }).creates
    .update_client?.operation ?? { perform: null };
  const inputData = { client: '301', town: 'Wells' };
  const record = (await relay.call(perform, { ...bundleWith(BATH_KEY), inputData })) as FlatRecord;
  expect(record).toMatchObject({ branch_name: 'Bath Branch', branch_id: 17, client_town: 'Wells' });
  const townIn = ({ account }: typeof bath) => account.list('clients').find(({ id }) => id === 301)?.town;
  expect([townIn(bath), townIn(bristol)]).toEqual(['Wells', expect.not.stringContaining('Wells')]);
});

describe('One relay for all branches', () => {
  it('runs the Zaps of each branch, with its name in each row, and shows each console the events of its branch', async () => {
    await turnOnBoth();
    expect(await relay.pastedUrl(BATH_KEY)).not.toBe(await relay.pastedUrl());
    for (const trigger of [OF_BRISTOL, OF_BATH] as const) expect(await send(trigger)).toBe(202);
    await until(() => relay.zaps.size === 2);
    const rows = [OF_BRISTOL, OF_BATH].flatMap((trigger) => relay.recordsOf(trigger));
    expect(rows.map(({ branch_name, branch_id }) => [branch_name, branch_id])).toEqual([
      ['Bristol Branch', 4021],
      ['Bath Branch', 17],
    ]);
    expect(await eventsShown(OF_BRISTOL)).toEqual([['MARKED_AN_APPOINTMENT_AS_COMPLETE']]);
    expect(await eventsShown(OF_BATH)).toEqual([['EDITED_A_CLIENT']]);
  });

  it('has a channel for each connection, and refuses one that is too many until there are more', async () => {
    await relay.startRelay({ maxChannels: 1 });
    await relay.turnOn(OF_BRISTOL);
    await expect(relay.turnOn(OF_BATH)).rejects.toThrow();
    expect(await textBeside(OF_BATH)).not.toContain('Copy this URL');
    await relay.startRelay({ maxChannels: 2 });
    await relay.turnOn(OF_BATH);
    expect(await textBeside(OF_BATH)).toContain('Copy this URL');
  });
});

it('What does not exist: a Zap refuses an event of another branch that its own key has signed', async () => {
  await turnOnBoth();
  await relay.happens(OF_BATH, eventIn[OF_BRISTOL], BATH_KEY, await relay.pastedUrl(BATH_KEY));
  await until(() => relay.zaps.has(OF_BATH));
  expect(JSON.stringify(relay.zaps.get(OF_BATH))).toContain("about a different branch than this connection's");
  expect(relay.recordsOf(OF_BATH)).toEqual([]);
});
