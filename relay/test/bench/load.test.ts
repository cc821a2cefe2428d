/** Tests of the load that the bench puts on a relay. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, expect, it } from '@jest/globals';

import { closeConnections, sendAtRate } from '../../bench/load.ts';

let requests = 0;
/** Accepts the first two events, refuses the third event, and resets the connection of the fourth event. */
const server = createServer((request, response) => {
  request.resume();
  const turn = requests++ % 4;
  if (turn === 3) request.socket.resetAndDestroy();
  else response.writeHead(turn === 2 ? 503 : 202).end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(async () => {
  await closeConnections();
  server.close();
});

it('a sender that is refused or disconnected ends with the figures of its accepted events', async () => {
  const { port } = server.address() as AddressInfo;
  const { times, refused } = await sendAtRate(`http://127.0.0.1:${port}/hooks`, 40, 1);
  expect(times.length + refused).toBe(40);
  expect(refused).toBeGreaterThanOrEqual(10);
  expect(times.length).toBeGreaterThan(0);
  expect(times.every((time) => time > 0)).toBe(true);
});
