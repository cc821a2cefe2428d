/** The channels that are due: the requests for the next due time, and the claims on due channels. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { DueChannels, type Claimed } from '../../delivery/due-channels.ts';
import { SECOND } from '../../harness/durations.ts';
import { FakeClock } from '../support/fake-clock.ts';

let clock: FakeClock;
let start: number;
/** Time at which the next channel in the store is due. */
let dueAt: number;
let claimable: Claimed[];
/** True if another process is claiming the channel that is due. */
let isLocked: boolean;
/** The requests to the store, the heartbeats and the served channels, each with the seconds since the start. */
let calls: string[];
/** Called during each request to the store, before the response. */
let during: (request: string) => void | Promise<void>;
let claimant: { id: string; isAlive: boolean; isFresh: boolean };
let served: Set<string>;
let stop: AbortController;
let due: DueChannels;
let loop: Promise<void>;

const channelOf = (channel: string): Claimed => ({ channel, key: 1, claim: 1, newestSeq: 0, revision: 0 });
const isStopped = () => stop.signal.aborted;

async function repeat(): Promise<void> {
  while (!isStopped()) await due.claimNext().catch(() => clock.sleep(SECOND, stop.signal));
}

beforeEach(() => {
  clock = new FakeClock();
  start = clock.now();
  [dueAt, claimable, isLocked, calls, during] = [Infinity, [], false, [], () => undefined];
  claimant = { id: 'first', isAlive: true, isFresh: true };
  served = new Set();
  stop = new AbortController();
  const call = async (request: string) => {
    calls.push(`${request} ${(clock.now() - start) / SECOND}`);
    await during(request);
  };
  due = new DueChannels({
    store: {
      dueInMs: async (_process, now) => {
        const dueInMs = dueAt - now;
        await call('ask');
        return dueInMs;
      },
      claim: async (process, limit) => {
        const claims = claimable.splice(0, limit).map((each) => ({ ...each, subscriptions: [] }));
        await call(`claim for ${process}`);
        if (!isLocked) dueAt = claimable.length > 0 ? clock.now() : Infinity;
        return claims;
      },
    },
    clock,
    claimant,
    stopped: stop.signal,
    isServed: (channel) => served.has(channel),
    beat: () => call('beat'),
    serve: ({ channel }) => {
      served.add(channel);
      calls.push(`serve ${channel}${due.hasChanged(channel, 'deliveries') ? ' with a change' : ''}`);
    },
  });
  loop = repeat();
});
afterEach(async () => {
  stop.abort();
  due.wake();
  await clock.advance(SECOND);
  await loop;
});

/** Advances the clock. Returns the calls since the previous call of this function. */
async function callsAfter(seconds: number): Promise<string[]> {
  await clock.advance(seconds * SECOND);
  return calls.splice(0);
}
const deliver = (channel: string): void => {
  due.recordChange(channel, 'deliveries');
};

describe('the store is asked for the next due channel', () => {
  it('every 5 s, and as soon as a channel is due, which is then claimed', async () => {
    expect(await callsAfter(10)).toEqual(['ask 0', 'ask 5', 'ask 10']);
    [dueAt, claimable] = [start + 17 * SECOND, [channelOf('a')]];
    expect(await callsAfter(6)).toEqual(['ask 15']);
    expect(await callsAfter(2)).toEqual(['ask 17', 'claim for first 17', 'serve a', 'ask 17']);
  });

  it('not for a delivery whose channel a living process can claim at once', async () => {
    await callsAfter(1);
    for (const channel of ['a', 'b']) {
      claimable = [channelOf(channel)];
      deliver(channel);
      expect(await callsAfter(0)).toEqual(['claim for first 1', `serve ${channel}`]);
    }
    claimant.isAlive = false;
    deliver('c');
    expect(await callsAfter(0)).toEqual(['ask 1']);
  });

  it.each([
    [
      'a delivery whose channel could not be claimed',
      () => {
        due.recordChange('a', 'deliveries');
      },
    ],
    [
      'a new subscription',
      () => {
        due.recordChange('a', 'subscriptions');
      },
    ],
    [
      'a request to look again',
      () => {
        due.lookAgain();
      },
    ],
  ])('again after %s', async (_what, change) => {
    await callsAfter(1);
    change();
    expect(await callsAfter(0)).toEqual(['claim for first 1', 'ask 1']);
  });

  it('again if a delivery arrives during a claim that does not include its channel', async () => {
    await callsAfter(1);
    claimable = [channelOf('a')];
    during = (request) => {
      during = () => undefined;
      if (request !== 'ask') deliver('b');
    };
    deliver('a');
    expect(await callsAfter(0)).toEqual(['claim for first 1', 'serve a', 'ask 1']);
  });

  it('again after a claim has failed', async () => {
    await callsAfter(1);
    during = () => {
      during = () => undefined;
      throw new Error('disk');
    };
    deliver('a');
    served.add('a');
    expect(await callsAfter(1)).toEqual(['claim for first 1', 'ask 2']);
  });

  it('and the response is ignored if a channel has changed in the meantime', async () => {
    await callsAfter(1);
    during = (request) => {
      if (request !== 'ask') return;
      during = () => undefined;
      due.lookAgain();
    };
    due.lookAgain();
    expect(await callsAfter(0)).toEqual(['claim for first 1', 'ask 1', 'claim for first 1']);
  });
});

describe('due channels', () => {
  it('are claimed 50 at a time, until none is due', async () => {
    [dueAt, claimable] = [start, Array.from({ length: 60 }, (_, index) => channelOf(`${index}`))];
    due.lookAgain();
    const requests = (await callsAfter(0)).filter((call) => !call.startsWith('serve'));
    expect(requests.slice(-4)).toEqual(['claim for first 0', 'ask 0', 'claim for first 0', 'ask 0']);
    expect(served.size).toBe(60);
  });

  it('that another process is claiming are requested again after 20 ms', async () => {
    await callsAfter(1);
    [isLocked, dueAt] = [true, start];
    due.lookAgain();
    expect(await callsAfter(0.019)).toEqual(['claim for first 1', 'ask 1', 'claim for first 1']);
    expect(await callsAfter(0.001)).toEqual(['ask 1.02', 'claim for first 1.02']);
  });

  it('are claimed after a heartbeat, unless the last heartbeat is fresh', async () => {
    await callsAfter(1);
    claimant.isFresh = false;
    deliver('a');
    expect((await callsAfter(0)).slice(0, 2)).toEqual(['beat 1', 'claim for first 1']);
  });

  it('are served with a change that arrived during the claim, and without earlier changes', async () => {
    await callsAfter(1);
    claimable = [channelOf('a'), channelOf('b')];
    deliver('a');
    during = () => {
      deliver('b');
    };
    expect((await callsAfter(0)).slice(0, 3)).toEqual(['claim for first 1', 'serve a', 'serve b with a change']);
  });

  it('that were claimed under a former id of the process are not served', async () => {
    await callsAfter(1);
    claimable = [channelOf('a')];
    during = () => {
      claimant.id = 'second';
    };
    deliver('a');
    expect((await callsAfter(0)).slice(0, 2)).toEqual(['claim for first 1', 'ask 1']);
    expect(served.size).toBe(0);
  });

  it('are not claimed once the dispatcher stops', async () => {
    await callsAfter(1);
    stop.abort();
    deliver('a');
    expect(await callsAfter(1)).toEqual([]);
  });
});
