import { beforeEach, describe, expect, it } from '@jest/globals';

import { ProgressWriter } from '../delivery/progress-writer.ts';
import type { Progress } from '../store/subscription.ts';
import { SECOND } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';
import { INITIAL_STATE } from './sample-progress.ts';

const progress = (cursor: number, subscriptionId = 'a', leaseId = 'lease'): Progress => ({
  leaseId,
  subscriptionId,
  cursor,
  ...INITIAL_STATE,
});

let clock: FakeClock;
let stop: AbortController;
/** The progress that reached the store, as subscriptions with their cursors. */
let saves: [subscriptionId: string, cursor: number][][];
let logged: string[];
/** Delays the next save or makes it fail. */
let respond: () => Promise<void>;
/** Subscription that another session has locked. */
let lockedId: string | null;
let writer: ProgressWriter;

beforeEach(() => {
  clock = new FakeClock();
  stop = new AbortController();
  saves = [];
  logged = [];
  lockedId = null;
  respond = () => Promise.resolve();
  writer = new ProgressWriter({
    store: {
      progress: async (batch) => {
        await respond();
        saves.push(batch.map(({ subscriptionId, cursor }) => [subscriptionId, cursor]));
        return batch.filter(({ subscriptionId }) => subscriptionId === lockedId);
      },
    },
    clock,
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (fields, message) => logged.push(`${JSON.stringify(fields)} ${message}`),
    },
    signal: stop.signal,
  });
});

describe('ProgressWriter', () => {
  it('saves urgent progress of several subscriptions together after 20 ms', async () => {
    writer.add(progress(1), 'soon');
    writer.add(progress(7, 'b'), 'soon');
    await clock.advance(10);
    writer.add(progress(2), 'soon');
    await clock.advance(9);
    expect(saves).toEqual([]);
    await clock.advance(1);
    expect(saves).toEqual([
      [
        ['a', 2],
        ['b', 7],
      ],
    ]);
    await clock.advance(60 * SECOND);
    expect(saves).toHaveLength(1);
  });

  it('restarts the delay after each save', async () => {
    writer.add(progress(1), 'soon');
    await clock.advance(10);
    writer.add(progress(2), 'soon');
    await clock.advance(15);
    writer.add(progress(3), 'soon');
    await clock.advance(19);
    expect(saves).toEqual([[['a', 2]]]);
    await clock.advance(1);
    expect(saves).toEqual([[['a', 2]], [['a', 3]]]);
  });

  it('keeps the progress of different leases apart', async () => {
    writer.add(progress(1, 'a', 'old lease'), 'soon');
    writer.add(progress(2, 'a', 'new lease'), 'soon');
    await clock.advance(20);
    expect(saves).toEqual([
      [
        ['a', 1],
        ['a', 2],
      ],
    ]);
  });

  it('reports deferred progress as due after 5 s', async () => {
    writer.add(progress(1), 'deferred');
    await clock.advance(4 * SECOND);
    writer.add(progress(2), 'deferred');
    await clock.advance(SECOND - 1);
    expect(writer.isSaveDue).toBe(false);
    await clock.advance(1);
    expect(writer.isSaveDue).toBe(true);
    expect(saves).toEqual([]);
    expect(await writer.save()).toBe(true);
    expect(saves).toEqual([[['a', 2]]]);
    expect(writer.isSaveDue).toBe(false);
  });

  it('saves deferred progress together with urgent progress', async () => {
    writer.add(progress(1), 'deferred');
    writer.add(progress(7, 'b'), 'soon');
    await clock.advance(20);
    expect(saves.flat()).toEqual([
      ['a', 1],
      ['b', 7],
    ]);
    await clock.advance(10 * SECOND);
    expect(writer.isSaveDue).toBe(false);
  });

  it('does not call the store without progress', async () => {
    expect(await writer.save()).toBe(true);
    expect(saves).toEqual([]);
  });

  it('runs one save at a time', async () => {
    let finish: () => void = () => undefined;
    respond = () => new Promise((resolve) => (finish = resolve));
    writer.add(progress(1), 'soon');
    const first = writer.save();
    await clock.settle();
    respond = () => Promise.resolve();
    writer.add(progress(2), 'soon');
    const second = writer.save();
    await clock.settle();
    expect(saves).toEqual([]);
    finish();
    expect(await Promise.all([first, second])).toEqual([true, true]);
    expect(saves).toEqual([[['a', 1]], [['a', 2]]]);
  });

  it('saves the progress of a locked subscription when the next save is due', async () => {
    lockedId = 'a';
    writer.add(progress(1), 'soon');
    writer.add(progress(7, 'b', 'other lease'), 'soon');
    expect(await writer.save()).toBe(true);
    expect([writer.hasUnsaved('lease'), writer.hasUnsaved('other lease')]).toEqual([true, false]);
    expect(writer.isSaveDue).toBe(true);
    lockedId = null;
    writer.add(progress(2), 'soon');
    expect(await writer.save()).toBe(true);
    expect(saves.slice(1)).toEqual([[['a', 2]]]);
    expect([writer.hasUnsaved('lease'), writer.isSaveDue]).toEqual([false, false]);
  });

  it('keeps the progress of a failed save, unless newer progress replaces it', async () => {
    respond = () => {
      // This progress arrives during the save.
      writer.add(progress(2), 'deferred');
      return Promise.reject(new Error('secret'));
    };
    writer.add(progress(1), 'deferred');
    writer.add(progress(7, 'b'), 'deferred');
    expect(await writer.save()).toBe(false);
    respond = () => Promise.resolve();
    expect(await writer.save()).toBe(true);
    expect(saves).toEqual([
      [
        ['a', 2],
        ['b', 7],
      ],
    ]);
  });

  it('reports the progress of a failed save as due 5 s later, and logs the error without its message', async () => {
    respond = () => Promise.reject(new Error('secret'));
    writer.add(progress(1), 'soon');
    await clock.advance(20);
    expect(logged).toEqual([expect.stringMatching(/^\{"error":"Error"\} Saving progress failed\./)]);
    await clock.advance(5 * SECOND - 1);
    expect(writer.isSaveDue).toBe(false);
    await clock.advance(1);
    expect(writer.isSaveDue).toBe(true);
  });

  it('saves without delay once the signal is aborted', async () => {
    writer.add(progress(1), 'soon');
    stop.abort();
    await clock.settle();
    expect(saves).toEqual([[['a', 1]]]);
  });
});
