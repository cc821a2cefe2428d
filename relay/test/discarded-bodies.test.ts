import { Readable } from 'node:stream';

import { expect, it } from '@jest/globals';

import { SECOND } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';
import { DiscardedBodies } from '../http/discarded-bodies.ts';

const PART = Buffer.alloc(64 * 1024);
const MB = 1024 * 1024;

/** Returns a body and the number of its bytes that have been read. */
function bodyOf(bytes: number): { readonly body: Readable; readonly read: () => number } {
  let read = 0;
  const body = new Readable({
    highWaterMark: PART.length,
    read() {
      this.push(read >= bytes ? null : PART);
    },
  });
  body.on('data', ({ length }: Buffer) => (read += length));
  body.pause();
  return { body, read: () => read };
}

it('reads bodies to the end, at 32 MB per second over all connections', async () => {
  const clock = new FakeClock();
  const discarded = new DiscardedBodies(clock);
  const bodies = [bodyOf(32 * MB), bodyOf(32 * MB)];
  for (const { body } of bodies) discarded.discard(body);
  await clock.advance(SECOND);
  const [first = 0, second = 0] = bodies.map(({ read }) => read() / MB);
  expect(first + second).toBeCloseTo(32, 0);
  expect(Math.min(first, second)).toBeGreaterThan(8);
  await clock.advance(1.1 * SECOND);
  expect(bodies.map(({ body }) => body.readableEnded)).toEqual([true, true]);
});

it('reads small bodies without a pause', async () => {
  const clock = new FakeClock();
  const { body } = bodyOf(PART.length);
  new DiscardedBodies(clock).discard(body);
  await clock.settle();
  expect(body.readableEnded).toBe(true);
});
