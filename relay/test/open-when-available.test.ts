import { describe, expect, it } from '@jest/globals';

import { FakeClock } from './fake-clock.ts';
import { openWhenAvailable } from '../store/open-when-available.ts';
import { StoreUnavailable, type Store } from '../store/store.ts';

const NEVER = new AbortController().signal;
const down = () => Promise.reject<Store>(new StoreUnavailable('The disk is full.', true));

/** Returns a log and the messages that it received. */
function recordingLog() {
  const messages: string[] = [];
  return { messages, log: { warn: (_fields: object, message: string) => messages.push(message) } };
}

describe('openWhenAvailable', () => {
  it('retries while the store is unavailable, and logs one line per minute', async () => {
    const clock = new FakeClock();
    const { messages, log } = recordingLog();
    const store = {} as Store;
    let attempts = 0;
    const open = () => (++attempts < 47 ? down() : Promise.resolve(store));
    const opened = openWhenAvailable(open, log, NEVER, clock);
    // The clock advances by 46 pauses of two seconds.
    await clock.advance(92_000);
    expect(await opened).toBe(store);
    expect(attempts).toBe(47);
    const line = 'The disk is full. The relay is waiting for its store and retries every 2 s.';
    expect(messages).toEqual([line, line]);
  });

  it('gives up immediately if waiting cannot help', async () => {
    const error = new StoreUnavailable('The password is wrong.');
    const opened = openWhenAvailable(() => Promise.reject(error), recordingLog().log, NEVER);
    await expect(opened).rejects.toBe(error);
  });

  it('returns null if it is stopped', async () => {
    const stopping = new AbortController();
    const opened = openWhenAvailable(down, recordingLog().log, stopping.signal);
    stopping.abort();
    expect(await opened).toBeNull();
  });
});
