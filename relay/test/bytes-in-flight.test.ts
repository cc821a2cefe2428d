import { beforeEach, describe, expect, it } from '@jest/globals';

import { createBytesInFlight, type BytesInFlight, SMALL_BODY_BYTES } from '../bytes-in-flight.ts';
import { CHANNEL, OTHER_CHANNEL } from '../harness/sample-delivery.ts';

const KB = 1024;
let inFlight: BytesInFlight;

beforeEach(() => {
  inFlight = createBytesInFlight({ perProcess: 400 * KB, perChannel: 160 * KB });
});

describe('BytesInFlight', () => {
  it('limits the bytes of the larger bodies of a channel', () => {
    const first = inFlight.open(CHANNEL);
    const second = inFlight.open(CHANNEL);
    expect([first.growTo(90 * KB), second.growTo(71 * KB), second.growTo(70 * KB), first.growTo(91 * KB)]).toEqual([
      ...[true, false, true, false],
    ]);
    expect(inFlight.total).toBe(160 * KB);
    expect(inFlight.open(OTHER_CHANNEL).growTo(160 * KB)).toBe(true);
  });

  it('limits the bytes of the larger bodies of a process', () => {
    for (const channel of ['a', 'b']) expect(inFlight.open(channel).growTo(150 * KB)).toBe(true);
    expect(inFlight.open('c').growTo(101 * KB)).toBe(false);
    expect(inFlight.open('c').growTo(100 * KB)).toBe(true);
  });

  it('always has room for small bodies', () => {
    expect(inFlight.open(CHANNEL).growTo(160 * KB)).toBe(true);
    for (let count = 0; count < 10; count++) expect(inFlight.open(CHANNEL).growTo(SMALL_BODY_BYTES)).toBe(true);
    expect(inFlight.total).toBe(160 * KB);
    const request = inFlight.open(CHANNEL);
    expect(request.growTo(SMALL_BODY_BYTES + 1)).toBe(false);
  });

  it('releases the bytes of a request that shrinks', () => {
    const request = inFlight.open(CHANNEL);
    request.growTo(160 * KB);
    expect([request.growTo(1), inFlight.total]).toEqual([true, 0]);
  });

  it('releases the bytes of a request once', () => {
    const request = inFlight.open(CHANNEL);
    request.growTo(150 * KB);
    request.end();
    request.end();
    expect([inFlight.total, inFlight.open(CHANNEL).growTo(160 * KB)]).toEqual([0, true]);
  });

  it('reserves nothing for a request that has ended', () => {
    const request = inFlight.open(CHANNEL);
    request.end();
    expect([request.growTo(1), inFlight.total]).toEqual([false, 0]);
  });
});
