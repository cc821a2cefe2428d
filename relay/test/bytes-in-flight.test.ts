import { beforeEach, describe, expect, it } from '@jest/globals';

import { BytesInFlight } from '../bytes-in-flight.ts';
import { CHANNEL, OTHER_CHANNEL } from '../harness/sample-delivery.ts';

let inFlight: BytesInFlight;

beforeEach(() => {
  inFlight = new BytesInFlight({ perProcess: 400, perChannel: 160 });
});

describe('BytesInFlight', () => {
  it('limits the bytes of a channel', () => {
    const first = inFlight.open(CHANNEL);
    const second = inFlight.open(CHANNEL);
    expect([first.growTo(100), second.growTo(61), second.growTo(60), first.growTo(101)]).toEqual([
      ...[true, false, true, false],
    ]);
    expect([first.bytes, second.bytes, inFlight.total]).toEqual([100, 60, 160]);
    expect(inFlight.open(OTHER_CHANNEL).growTo(160)).toBe(false);
    expect(inFlight.open(OTHER_CHANNEL).growTo(140)).toBe(true);
  });

  it('keeps a quarter of the limit of the process for channels with few bytes', () => {
    for (const channel of ['a', 'b']) expect(inFlight.open(channel).growTo(150)).toBe(true);
    expect(inFlight.open('c').growTo(11)).toBe(false);
    for (let channel = 0; channel < 10; channel++) expect(inFlight.open(`small ${channel}`).growTo(10)).toBe(true);
    expect(inFlight.total).toBe(400);
    expect(inFlight.open('d').growTo(1)).toBe(false);
  });

  it('releases the bytes of a request once', () => {
    const request = inFlight.open(CHANNEL);
    request.growTo(150);
    request.release();
    request.release();
    expect([inFlight.total, inFlight.open(CHANNEL).growTo(160)]).toEqual([0, true]);
  });

  it('reserves nothing for a request that has ended', () => {
    const request = inFlight.open(CHANNEL);
    request.release();
    expect([request.growTo(1), inFlight.total]).toEqual([false, 0]);
  });
});
