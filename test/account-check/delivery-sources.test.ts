/**
 * `npm run check:account -- --deliveries SOURCE`: the events that a relay has stored, read with the connector's client,
 * and the bodies in a folder.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { deliveriesInFolder, deliveriesOfRelay } from '../../account-check/delivery-sources.ts';
import { Reader } from '../../account-check/reader.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { refusalOf } from '../../wire/signature.ts';
import { loadRelayApp, NEW_KEY } from '../support/relay-app.ts';

const relay = await loadRelayApp();

/** Returns a reader that can send requests to the relay, and the list of its requests. */
function readerOf(privateKey: string) {
  const requests: number[] = [];
  const reader = new Reader({
    tutorCruncher: 'https://app.tutorcruncher.com',
    relay: relay.origin,
    privateKey,
    pause: () => Promise.resolve(),
    showProgress: (count) => requests.push(count),
  });
  return { reader, requests };
}

describe('the events of a relay', () => {
  it('are opened with the private key, with the bytes and the signatures that TutorCruncher sent', async () => {
    await relay.startRelay();
    await relay.happens('lesson_completed');
    await relay.happens('client_created');
    const { reader, requests } = readerOf(PRIVATE_KEY);
    const deliveries = await deliveriesOfRelay(reader, PRIVATE_KEY, relay.origin);
    expect(deliveries.map(({ body }) => /"action": "(\w+)"/.exec(body)?.[1])).toEqual([
      'CREATED_A_CLIENT',
      'MARKED_AN_APPOINTMENT_AS_COMPLETE',
    ]);
    for (const { body, signature, receivedAt, isRepeat } of deliveries) {
      expect(refusalOf(body, { 'webhook-signature': signature }, PRIVATE_KEY)).toBeNull();
      expect([Number.isInteger(receivedAt), isRepeat]).toEqual([true, false]);
    }
    // The first request reads the state of the channel. The second request reads its newest events, which are all its
    // events.
    expect(requests).toEqual([1, 2]);
  });

  it('include older events of actions that are not among the newest', async () => {
    const url = await relay.pastedUrl();
    for (let count = 0; count < 51; count++) {
      await relay.happens('client_updated', { extra_msg: String(count) }, PRIVATE_KEY, url);
    }
    const { reader } = readerOf(PRIVATE_KEY);
    const deliveries = await deliveriesOfRelay(reader, PRIVATE_KEY, relay.origin);
    const actions = new Set(deliveries.map(({ body }) => /"action": "(\w+)"/.exec(body)?.[1]));
    expect([...actions].sort()).toEqual(['CREATED_A_CLIENT', 'EDITED_A_CLIENT', 'MARKED_AN_APPOINTMENT_AS_COMPLETE']);
    expect(deliveries).toHaveLength(52);
  });

  it('of a key that the relay does not know are missing, with advice', async () => {
    const { reader } = readerOf(NEW_KEY);
    await expect(deliveriesOfRelay(reader, NEW_KEY, relay.origin)).rejects.toThrow(
      'The relay does not know this private key. Connect it in Zapier first, with an app that is built for this relay.',
    );
  });

  it('of a relay that does not respond are missing, with advice', async () => {
    await relay.stopRelay();
    const { reader } = readerOf(PRIVATE_KEY);
    await expect(deliveriesOfRelay(reader, PRIVATE_KEY, relay.origin)).rejects.toThrow(
      'The relay does not respond as expected. Check its address, and run the check again.',
    );
  });
});

describe('a folder with saved bodies', () => {
  it('is read with the signatures that are known', () => {
    const folder = mkdtempSync(join(tmpdir(), 'saved-bodies-'));
    try {
      writeFileSync(join(folder, '1.json'), '{"events": []}');
      writeFileSync(join(folder, '1.signature'), 'abc\n');
      writeFileSync(join(folder, '2.json'), '{"events": [1]}');
      const unknown = { receivedAt: null, isRepeat: false };
      expect(deliveriesInFolder(folder)).toEqual([
        { body: '{"events": []}', signature: 'abc', ...unknown },
        { body: '{"events": [1]}', signature: null, ...unknown },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each(['no-such-folder', 'package.json', 'wire'])('is refused if it is %s, with advice', (folder) => {
    expect(() => deliveriesInFolder(folder)).toThrow(
      `The folder ${folder} contains no saved body. Save each body there as a file such as 1.json.`,
    );
  });
});
