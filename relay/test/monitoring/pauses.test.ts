/** Pauses of the process, and the log lines and counts that report them. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { createPauses, type Pauses } from '../../monitoring/pauses.ts';

const START = Date.UTC(2026, 0, 2, 3, 4, 5);
let wall: number;
let monotonic: number;
let lines: { readonly fields: object; readonly message: string }[];
let paused: number[];
let pauses: Pauses;

beforeEach(() => {
  wall = START;
  monotonic = 500;
  lines = [];
  paused = [];
  const clocks = { wall: () => wall, monotonic: () => monotonic };
  const log = { warn: (fields: object, message: string) => void lines.push({ fields, message }) };
  pauses = createPauses(log, (ms) => void paused.push(ms), clocks);
});

/** Advances both clocks, and then looks at them. */
function lookAfter(own: number, machine = own): void {
  monotonic += own;
  wall += machine;
  pauses.look();
}

describe('a pause', () => {
  it('of the process is logged with its beginning and length, and counted', () => {
    lookAfter(1_000);
    lookAfter(61_000);
    lookAfter(1_000);
    expect(lines).toEqual([
      {
        fields: { since: '2026-01-02T03:04:06.000Z', seconds: 60 },
        message: expect.stringMatching(
          /^The relay did not run for a while, so webhooks failed\. .* Keep the instance running/,
        ),
      },
    ]);
    expect(paused).toEqual([60_000]);
    expect(pauses.summary()).toEqual({ count: 1, newest: { since: START + 1_000, ms: 60_000, isOfMachine: false } });
  });

  it('of the machine, in which the monotonic clock stops, is recognized by the other clock', () => {
    lookAfter(1_000, 3_601_000);
    expect(paused).toEqual([3_600_000]);
    expect(lines[0]?.message).toMatch(/^The machine was suspended, so webhooks failed, or its clock was set forward\./);
    expect(pauses.summary().newest).toMatchObject({ isOfMachine: true });
  });

  it('of the process has its own length, even if the clock of the machine was set during the pause', () => {
    lookAfter(31_000, -500_000);
    lookAfter(31_000, 500_000);
    expect(paused).toEqual([30_000, 30_000]);
  });

  it.each([
    ['a look in time', 1_000, 1_000],
    ['a look that a loaded machine delays by 9 s', 10_000, 10_000],
    ['a clock that is set back', 1_000, -3_600_000],
    ['a clock that is set forward by 9 s', 1_000, 10_000],
  ])('is not reported after %s', (_name, own, machine) => {
    for (let count = 0; count < 20; count++) lookAfter(own, machine);
    expect([lines, paused]).toEqual([[], []]);
    expect(pauses.summary()).toEqual({ count: 0, newest: null });
  });
});

it('the time before the first look does not count as a pause', async () => {
  wall += 100_000;
  monotonic += 100_000;
  const stop = new AbortController();
  let sleeps = 0;
  await pauses.run(stop.signal, {
    sleep: (milliseconds) => {
      wall += milliseconds;
      monotonic += milliseconds;
      if (++sleeps === 3) stop.abort();
      return Promise.resolve();
    },
  });
  expect([sleeps, lines]).toEqual([3, []]);
});
