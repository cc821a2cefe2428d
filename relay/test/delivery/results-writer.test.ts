/** The writer that saves the results of all channels of a process together. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { ResultsWriter } from '../../delivery/results-writer.ts';
import { SECOND } from '../../harness/durations.ts';
import type { ChannelResults, ClaimId, HeldClaim, SendResult, ReportedState } from '../../store/rows/send.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { CLAIM } from '../support/sample-subscription.ts';
import { INITIAL_STATE } from '../support/store-context.ts';

const OTHER_CHANNEL: HeldClaim = { ...CLAIM, channel: 4 };
const LATER_CLAIM: HeldClaim = { ...CLAIM, claim: 6 };
const LATER_PROCESS: HeldClaim = { ...CLAIM, process: '00000000-0000-4000-8000-000000000002' };

let clock: FakeClock;
let saved: { readonly process: string; readonly results: readonly ChannelResults[] }[];
let failures: number;
/** Called when the store starts to save results. */
let onSave: () => void | Promise<void>;
let lost: ClaimId[];
let reportedLost: HeldClaim[];
let lines: object[];
let stop: AbortController;
let writer: ResultsWriter;

beforeEach(() => {
  clock = new FakeClock();
  [saved, failures, lost, reportedLost, lines] = [[], 0, [], [], []];
  onSave = () => undefined;
  stop = new AbortController();
  const log = (fields: object): void => void lines.push(fields);
  writer = new ResultsWriter({
    store: {
      saveResults: async (process, results) => {
        await onSave();
        if (failures-- > 0) throw Object.assign(new Error('disk'), { code: 'SQLITE_FULL' });
        saved.push({ process, results });
        return lost;
      },
    },
    clock,
    log: { info: log, warn: log, error: log },
    signal: stop.signal,
    onLost: (claim) => reportedLost.push(claim),
  });
});

const reportedState = (subscription: number, count: number): ReportedState => ({
  ...INITIAL_STATE,
  subscription,
  subscriptionId: `subscription ${subscription}`,
  failures: count,
});
const resultOf = (seq: number): SendResult => ({
  seq,
  deliveryId: `delivery ${seq}`,
  subscription: 7,
  subscriptionId: 'subscription 7',
  state: 'delivered',
  failure: null,
  endedAt: 0,
  durationMs: 1,
  isRecorded: false,
  isSentAgain: false,
});
const add = (claim: HeldClaim, seq: number) => {
  writer.add(claim, resultOf(seq), reportedState(7, seq));
};
/** Returns the numbers of the deliveries in each call to the store, and clears the list of calls. */
const savedSeqs = () =>
  saved.splice(0).map(({ results }) => results.flatMap(({ sends }) => sends.map(({ seq }) => seq)));

describe('results', () => {
  it('are saved together after 50 ms, with the newest state of each subscription', async () => {
    writer.add(CLAIM, resultOf(1), reportedState(7, 1));
    await clock.advance(20);
    writer.add(CLAIM, null, reportedState(8, 3));
    writer.add(OTHER_CHANNEL, resultOf(2), reportedState(9, 4));
    writer.add(CLAIM, resultOf(3), reportedState(7, 2));
    await clock.advance(29);
    expect(saved).toEqual([]);
    await clock.advance(1);
    expect(saved).toEqual([
      {
        process: CLAIM.process,
        results: [
          {
            channel: 3,
            claim: 5,
            sends: [resultOf(1), resultOf(3)],
            states: [reportedState(7, 2), reportedState(8, 3)],
          },
          { channel: 4, claim: 5, sends: [resultOf(2)], states: [reportedState(9, 4)] },
        ],
      },
    ]);
    await clock.advance(SECOND);
    expect(saved).toHaveLength(1);
    add(CLAIM, 4);
    await clock.advance(50);
    expect(saved).toHaveLength(2);
  });

  it('are saved at once on request, at most 1,000 at a time', async () => {
    for (let seq = 1; seq <= 2_001; seq++) add(CLAIM, seq);
    expect(await writer.save()).toBe(true);
    expect(savedSeqs().map((seqs) => [seqs[0], seqs.length])).toEqual([
      [1, 1_000],
      [1_001, 1_000],
      [2_001, 1],
    ]);
  });

  it('of claims under two ids of the process are saved separately, in order', async () => {
    add(CLAIM, 1);
    add(LATER_CLAIM, 2);
    add(LATER_PROCESS, 3);
    await writer.save();
    expect(saved.map(({ process }) => process)).toEqual([CLAIM.process, LATER_PROCESS.process]);
    expect(saved[0]?.results).toMatchObject([{ claim: 5 }, { claim: 6 }]);
    expect(savedSeqs()).toEqual([[1, 2], [3]]);
  });

  it('that could not be saved are saved a second later, before results that were added later', async () => {
    failures = 1;
    add(CLAIM, 1);
    expect(await writer.save()).toBe(false);
    expect(lines).toEqual([{ error: 'SQLITE_FULL' }]);
    // The delay of the first result ends, and saving fails again.
    failures = 1;
    await clock.advance(50);
    add(CLAIM, 2);
    await clock.advance(SECOND - 1);
    expect(saved).toEqual([]);
    await clock.advance(1);
    expect(savedSeqs()).toEqual([[1, 2]]);
  });

  it('that could not be saved come before results that were added during the save', async () => {
    failures = 1;
    onSave = () => {
      if (failures > 0) add(CLAIM, 2);
    };
    add(CLAIM, 1);
    expect(await writer.save()).toBe(false);
    expect(await writer.save()).toBe(true);
    expect(savedSeqs()).toEqual([[1, 2]]);
  });

  it('of an unfinished save are saved before the next save ends', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    onSave = () => promise;
    add(CLAIM, 1);
    void writer.save();
    let hasEnded = false;
    const next = writer.save().then(() => (hasEnded = true));
    await clock.settle();
    expect(hasEnded).toBe(false);
    resolve(undefined);
    await next;
    expect(savedSeqs()).toEqual([[1]]);
  });

  it('are not saved again after a failure at the end of the process', async () => {
    failures = 2;
    stop.abort();
    add(CLAIM, 1);
    await clock.settle();
    await clock.advance(10 * SECOND);
    expect([failures, lines.length]).toEqual([1, 1]);
    expect(await writer.save()).toBe(false);
    expect(await writer.save()).toBe(true);
    expect(savedSeqs()).toEqual([[1]]);
  });
});

it('reports the claims that are lost, and no other claim on their channels', async () => {
  lost = [{ channel: 3, claim: 6 }];
  for (const [index, claim] of [CLAIM, LATER_CLAIM, OTHER_CHANNEL, { ...OTHER_CHANNEL, claim: 6 }].entries()) {
    add(claim, index);
  }
  await writer.save();
  expect(reportedLost).toEqual([LATER_CLAIM]);
});
