/** The stand-in's part of `npm start -- send`, with an HTTP server instead of the relay. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { Outcome } from '../../local/app-runner.ts';
import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { createSender } from '../../local/relayed-send.ts';
import type { ZapRuns } from '../../local/zap-runs.ts';
import { APP, NOTE, printedRuns, runnerWith } from '../support/zap-runs.ts';

const EVENT = triggerOf('note_added').sampleEvent;
const LABEL = { key: 'label', label: 'Label' };

let relay: Server;
/** The signatures and bodies that the relay has received. */
let received: unknown[];
let relayStatus: number;
/** The outcomes of the next runs; without an outcome, a run has one record. */
let outcomes: Outcome[];
let runs: ZapRuns;
let send: ReturnType<typeof createSender>;

beforeEach(async () => {
  received = [];
  relayStatus = 202;
  outcomes = [];
  const zapier = runnerWith(() => outcomes.shift() ?? { records: [NOTE] }, [LABEL]);
  runs = printedRuns(zapier);
  runs.isPrinted = false;
  relay = createServer((request, response) => {
    void buffer(request).then((body) => {
      received.push([request.headers['webhook-signature'], body.toString()]);
      response.writeHead(relayStatus).end();
      if (relayStatus === 202) runs.receive('note_added', { body, headers: request.headers });
    });
  });
  await once(relay.listen(0, '127.0.0.1'), 'listening');
  const webhookUrl = `http://127.0.0.1:${(relay.address() as AddressInfo).port}/`;
  send = createSender(
    Promise.resolve({
      app: APP,
      zapier,
      zapOrigin: 'http://localhost',
      privateKey: 'a-key',
      runs,
      zapsOn: new Set(['note_added']),
      webhookUrl: () => Promise.resolve(webhookUrl),
    }),
  );
});
afterEach(() => {
  relay.closeAllConnections();
  relay.close();
});

const requestWith = (delivery: object, signature = 'one') => ({
  body: Buffer.from(JSON.stringify(delivery)),
  headers: { 'content-type': 'application/json', 'webhook-signature': signature },
});

describe('a delivery that is sent', () => {
  it('reaches the relay with its bytes and its signature', async () => {
    const request = requestWith(deliveryOf(EVENT));
    expect(await send('note_added', request)).toEqual({ records: 1, reads: [] });
    expect(received).toEqual([['one', request.body.toString()]]);
  });

  it.each<[outcome: Outcome, result: object]>([
    [{ records: [NOTE, NOTE] }, { records: 2, reads: [] }],
    [
      { error: 'Wrong signature.', isRefusal: true },
      { refused: 'Wrong signature.', reads: [] },
    ],
    [
      { error: 'No record.', isRefusal: false },
      { failed: 'No record.', reads: [] },
    ],
  ])('has the result of its run: %j', async (ofRun, result) => {
    outcomes = [ofRun];
    expect(await send('note_added', requestWith(deliveryOf(EVENT)))).toEqual(result);
  });

  it('has no run if it has no event for the trigger', async () => {
    const other = requestWith(deliveryOf({ ...EVENT, action: 'CREATED_TASK' }));
    expect(await send('note_added', other)).toEqual({ records: 0, reads: [] });
    expect(received).toHaveLength(1);
  });

  it('fails without a second request if the relay has accepted the same signature', async () => {
    await send('note_added', requestWith(deliveryOf(EVENT)));
    expect(await send('note_added', requestWith(deliveryOf(EVENT)))).toEqual({
      failed: expect.stringMatching(/^The relay has already received a delivery with the same bytes, and drops /),
      reads: [],
    });
    expect(received).toHaveLength(1);
  });

  it('can be sent again if the relay has refused it', async () => {
    relayStatus = 503;
    const request = requestWith(deliveryOf(EVENT));
    expect(await send('note_added', request)).toEqual({
      failed: 'the relay responded with 503 Service Unavailable.',
      reads: [],
    });
    relayStatus = 202;
    expect(await send('note_added', request)).toMatchObject({ records: 1 });
  });
});

it('the choices of a Zap last until the next delivery to it', async () => {
  await send('note_added', requestWith(deliveryOf(EVENT), 'one'), ['label=21']);
  expect(runs.choices.get('note_added')).toEqual({ label: '21' });
  await send('note_added', requestWith(deliveryOf(EVENT), 'two'));
  expect(runs.choices.has('note_added')).toBe(false);
});

it('deliveries that are sent at the same time reach the relay one after another, and have their own results', async () => {
  outcomes = [{ records: [] }, { records: [NOTE] }, { records: [NOTE, NOTE] }];
  const results = await Promise.all(
    ['one', 'two', 'three'].map((signature) => send('note_added', requestWith(deliveryOf(EVENT), signature))),
  );
  expect(results).toMatchObject([{ records: 0 }, { records: 1 }, { records: 2 }]);
  expect(received).toEqual(['one', 'two', 'three'].map((signature) => [signature, expect.anything()]));
});
