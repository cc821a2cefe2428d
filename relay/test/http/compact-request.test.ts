import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';

import { CompactRequest } from '../../http/compact-request.ts';

let request: CompactRequest;
/** The calls that pass chunks to Node.js. Node.js holds a buffer for each chunk. */
let held: jest.SpiedFunction<IncomingMessage['push']>;
beforeEach(() => {
  held = jest.spyOn(IncomingMessage.prototype, 'push');
  request = new CompactRequest(new Socket());
  request.headers['transfer-encoding'] = 'chunked';
});
afterEach(() => {
  held.mockRestore();
});

/** Pushes the parts of a body without a pause, as Node.js does with parts that have arrived together. */
const push = (parts: readonly string[]): boolean[] => parts.map((part) => request.push(Buffer.from(part)));
const sizes = () =>
  held.mock.calls.map(([chunk]: readonly unknown[]) => (Buffer.isBuffer(chunk) ? chunk.length : null));

it('the small chunks of a body are joined, up to 4 kB, and stay in order with large ones', async () => {
  const small = Array.from({ length: 5_000 }, (_, index) => String(index % 10));
  const large = 'L'.repeat(5_000);
  push([...small, large, 'a', 'b']);
  request.push(null);
  expect(sizes()).toEqual([4_096, 904, 5_000, 2, null]);
  expect(Buffer.concat((await request.toArray()) as Buffer[]).toString()).toBe(`${small.join('')}${large}ab`);
});

it('small chunks that have arrived can be read without waiting for more', async () => {
  for (const part of ['a', 'b']) {
    push([part]);
    await nextTurn();
  }
  expect(sizes()).toEqual([1, 1]);
});

it('the client is slowed down once joined chunks fill the buffer of the request', () => {
  const areWanted = push(Array<string>(20_000).fill('x'.repeat(10)));
  expect(areWanted.indexOf(false)).toBe(Math.ceil(request.readableHighWaterMark / 10) - 1);
});

it('the parts of a body with a known length are left as they are', () => {
  delete request.headers['transfer-encoding'];
  push(['a', 'b']);
  expect(sizes()).toEqual([1, 1]);
});
