/** A poll whose records are due for two hours, its records, and notes about them. */

import type { Poll } from '../../src/polled/due-rows.ts';
import { newNotes, type Mark, type ZapNotes } from '../../src/polled/zap-notes.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const NOW = Date.parse('2026-10-21T09:00:00Z');

/** A poll whose records are due for two hours after their moment. */
export const POLL: Poll = {
  readRows: () => Promise.resolve([]),
  momentOf: ({ at }) => Number(at),
  span: { from: NOW - 2 * HOUR, to: NOW },
  isDue: ({ isDue = true }) => isDue === true,
};
/** A poll whose ids contain the moment. */
export const WITH_MOMENT: Poll = { ...POLL, idEnd: ({ at }) => String(at) };

/** Returns a record that stops being due this many milliseconds after now. */
export const dueFor = (time: number, id = 1) => ({ id, at: NOW - 2 * HOUR + time });
export const markOf = ({ id, at }: ReturnType<typeof dueFor>): Mark => ({ rowId: String(id), at });
export const idsOf = (marks: readonly Mark[]) => marks.map(({ rowId }) => rowId);
export const notesWith = (changes: Partial<ZapNotes> = {}): ZapNotes => ({
  ...newNotes(NOW - HOUR, []),
  read: NOW - 10 * MINUTE,
  ...changes,
});
