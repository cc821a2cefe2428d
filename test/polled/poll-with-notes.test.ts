/** A poll with notes: the records that it returns, remembers and forgets. */

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import type { LivePoll, ReadRecord } from '../../src/polled/details.ts';
import { dueRowOf, type Poll } from '../../src/polled/due-rows.ts';
import { pollWithNotes } from '../../src/polled/poll-with-notes.ts';
import { Ration } from '../../src/polled/ration.ts';
import { newNotes, ZapNotesStore, type ZapNotes } from '../../src/polled/zap-notes.ts';
import { Run } from '../../src/run.ts';
import type { JsonObject } from '../../wire/json.ts';
import { directZ, PRIVATE_KEY } from '../helpers.ts';

const ZAP_ID = '17';
const HOUR = 3_600_000;
const TURNED_ON = Date.parse('2026-10-21T09:00:00Z');
const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {}, meta: {} } as unknown as Bundle;

let entries: Map<string, unknown>;
let z: ZObject;
let store: ZapNotesStore;

beforeEach(async () => {
  entries = new Map();
  const cache = {
    get: (key: string) => Promise.resolve(entries.get(key) ?? null),
    set: (key: string, value: unknown) => Promise.resolve(Boolean(entries.set(key, value))),
  };
  z = { ...directZ, cache } as unknown as ZObject;
  store = new ZapNotesStore(z, bundle, 'task_due', ZAP_ID);
  await store.write(newNotes(TURNED_ON));
});

const notesNow = async (): Promise<ZapNotes> => (await store.read(TURNED_ON)) ?? newNotes(0);

/** Polls a list whose rows are due for two hours. @returns the ids of the new records */
async function pollAt(now: number, rows: readonly JsonObject[]): Promise<string[]> {
  const poll: Poll = {
    readRows: () => Promise.resolve([...rows]),
    momentOf: ({ at }) => Number(at),
    span: { from: now - 2 * HOUR, to: now },
    isDue: () => true,
  };
  const live: LivePoll<ReadRecord> = {
    poll,
    run: Run.ofSearch(z, bundle),
    ration: new Ration(z, bundle, now),
    now,
    requestsPerRecord: 1,
    readDetails: ({ rowId, at }) => {
      const due = dueRowOf({ id: Number(rowId), at }, poll, at);
      return Promise.resolve(due && { ...due, runs: [due] });
    },
    parallel: 10,
  };
  const outcome = await pollWithNotes(live, { id: ZAP_ID, store }, await notesNow());
  return 'found' in outcome ? outcome.found.map(({ rowId }) => rowId) : [];
}

const idsIn = (marks: readonly { readonly rowId: string }[]): string[] => marks.map(({ rowId }) => rowId).sort();
const task = (id: number, hours: number): JsonObject => ({ id, at: TURNED_ON + hours * HOUR });

describe('the notes after a poll', () => {
  it('knows each record that is due once, and no poll returns it again', async () => {
    const rows = [task(1, 1), task(2, 1.5)];
    expect(await pollAt(TURNED_ON + 2 * HOUR, rows)).toEqual(['1', '2']);
    expect(await pollAt(TURNED_ON + 2.5 * HOUR, rows)).toEqual([]);
    expect(idsIn((await notesNow()).done)).toEqual(['1', '2']);
  });

  it('reads a record at the last moment at which it is due', async () => {
    expect(await pollAt(TURNED_ON + 3 * HOUR, [task(1, 1)])).toEqual(['1']);
  });

  it('forgets a record that is not due any more, so that it does not grow for ever', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => task(1 + index, index / 4));
    const sizes: number[] = [];
    for (let hours = 0.25; hours <= 50; hours += 0.25) {
      await pollAt(TURNED_ON + hours * HOUR, rows);
      const { done, waiting } = await notesNow();
      sizes.push(done.length + waiting.length);
    }
    // In two hours, eight records become due, and one more is due at both ends of this time.
    expect(Math.max(...sizes)).toBe(9);
    expect(sizes.at(-1)).toBeLessThan(9);
  });

  it('forgets a record whose moment has changed', async () => {
    await pollAt(TURNED_ON + HOUR, [task(1, 1)]);
    expect(await pollAt(TURNED_ON + 2 * HOUR, [task(1, 2)])).toEqual(['1']);
    expect((await notesNow()).done).toEqual([{ rowId: '1', at: TURNED_ON + 2 * HOUR }]);
  });
});
