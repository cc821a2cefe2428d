/** Many targets on one host that respond slowly, over real connections. */

import type { ServerResponse } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createAttemptSender, type AttemptSender } from '../delivery/attempt.ts';
import { storedDelivery } from './stored-delivery.ts';
import { startTargetServer, type TargetServer } from '../harness/target-server.ts';

const DELIVERY = storedDelivery();

let target: TargetServer;
let sender: AttemptSender;
/** Responds to a request. */
let respond: (response: ServerResponse) => void;

beforeEach(async () => {
  target = await startTargetServer((response) => {
    respond(response);
  });
  sender = createAttemptSender([target.origin]);
});
afterEach(async () => {
  await sender.close();
  target.close();
});

describe('targets on one host', () => {
  it('repeatedly receive one request each at the same time, over connections that stay open', async () => {
    let connections = 0;
    target.server.on('connection', () => connections++);
    const waiting: ServerResponse[] = [];
    // Responds when the requests for all Zaps have arrived, which never happens if one must wait for another.
    respond = (response) => {
      waiting.push(response);
      if (waiting.length === 300) for (const complete of waiting.splice(0)) complete.end('ok');
    };
    for (let round = 0; round < 10; round++) {
      const zaps = Array.from({ length: 300 }, (_, zap) => sender.send(`${target.origin}/${zap}`, DELIVERY));
      expect(new Set((await Promise.all(zaps)).map(({ type }) => type))).toEqual(new Set(['delivered']));
    }
    // Without connection reuse, there would be 3,000 connections.
    expect(connections).toBeLessThan(1_500);
  });
});
