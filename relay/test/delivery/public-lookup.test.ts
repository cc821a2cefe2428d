/** Attempts to hosts whose names resolve to private addresses. */

import { afterAll, expect, it, jest } from '@jest/globals';

import { startTargetServer } from '../../harness/target-server.ts';
import { storedDelivery } from '../support/stored-delivery.ts';

const lookup = jest.fn<(host: string, options: object) => Promise<object[]>>(() =>
  Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
);
jest.unstable_mockModule('node:dns/promises', () => ({ lookup }));
const { createAttemptSender } = await import('../../delivery/attempt-sender.ts');

const server = await startTargetServer((response) => response.end());
const { port } = new URL(server.origin);
const originOf = (host: string): string => `http://${host}:${port}`;
const sender = createAttemptSender(['target.example.com', 'localhost'].map(originOf));
afterAll(async () => {
  await sender.close();
  server.close();
});

it.each([
  ['target.example.com', { type: 'failed', reason: 'no connection', retryAfterMs: null }, 0],
  ['localhost', { type: 'delivered' }, 1],
])('the result of an attempt to the configured host %s is %j', async (host, result, requests) => {
  expect(await sender.send(`${originOf(host)}/x`, storedDelivery())).toEqual(result);
  expect(lookup).toHaveBeenLastCalledWith(host, expect.anything());
  expect(server.received).toHaveLength(requests);
});
