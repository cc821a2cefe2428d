import { beforeEach, describe, expect, it } from '@jest/globals';

import { createBytesInFlight, SMALL_BODY_BYTES, type BytesInFlight } from '../../intake/bytes-in-flight.ts';

const KB = 1024;

describe('the limit on bytes in flight', () => {
  let inFlight: BytesInFlight;
  beforeEach(() => {
    inFlight = createBytesInFlight({ perProcess: 400 * KB, perChannel: 160 * KB });
  });
  const grow = (channel: string, bytes: number) => inFlight.open(channel).growTo(bytes);

  it('applies to the larger bodies of a channel and of a process', () => {
    const [first, second] = [inFlight.open('a'), inFlight.open('a')];
    const grown = [first.growTo(90 * KB), second.growTo(71 * KB), second.growTo(70 * KB), first.growTo(91 * KB)];
    expect([...grown, inFlight.total]).toEqual([true, false, true, false, 160 * KB]);
    expect([grow('b', 160 * KB), grow('c', 81 * KB), grow('c', 80 * KB)]).toEqual([true, false, true]);
  });

  it('always leaves room for small bodies', () => {
    expect(grow('a', 160 * KB)).toBe(true);
    for (let count = 0; count < 10; count++) expect(grow('a', SMALL_BODY_BYTES)).toBe(true);
    expect([inFlight.total, grow('a', SMALL_BODY_BYTES + 1)]).toEqual([160 * KB, false]);
  });

  describe('when all bytes are in use', () => {
    const closed: string[] = [];
    const arrive = (name: string, bytes: number, complete = false) => {
      const body = {
        complete,
        destroy: () => closed.push(name),
      };
      return inFlight.open(name.slice(0, 1), body).growTo(bytes);
    };
    beforeEach(() => {
      closed.length = 0;
    });

    it('lets the slowest bodies of the channel that holds the most give way to a channel that holds less', () => {
      const grown = [arrive('a1', 80 * KB), arrive('b1', 70 * KB), arrive('b2', 80 * KB), arrive('c1', 160 * KB, true)];
      expect([...grown, inFlight.total]).toEqual([true, true, true, true, 390 * KB]);
      // The body of c1 is complete, so it does not give way.
      expect([arrive('d1', 75 * KB), closed, inFlight.total]).toEqual([true, ['b1'], 395 * KB]);
      // The channels a and b hold 80 kB each, which is not more than d would hold.
      expect([arrive('d2', 70 * KB), closed, inFlight.total]).toEqual([false, ['b1'], 395 * KB]);
      expect([arrive('e1', 80 * KB), arrive('e1', 79 * KB), closed]).toEqual([false, true, ['b1', 'a1']]);
    });

    it('lets no body give way to its own channel', () => {
      expect([arrive('a1', 160 * KB), arrive('a2', 70 * KB), closed]).toEqual([true, false, []]);
    });
  });

  it('lets no request reserve bytes after it has ended, because nobody would free them', () => {
    const request = inFlight.open('a');
    expect(request.growTo(100 * KB)).toBe(true);
    request.end();
    expect([request.growTo(100 * KB), inFlight.total, grow('a', 160 * KB)]).toEqual([false, 0, true]);
    // A second end must not subtract the bytes again.
    request.end();
    expect(inFlight.total).toBe(160 * KB);
  });
});
