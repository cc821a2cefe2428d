/**
 * A Zap with a polled trigger that was turned on when no record was due, so that the next poll returns all due records.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { newNotes, ZapNotesStore } from '../src/polled/zap-notes.ts';

/** The metadata with which Zapier polls the Zap. */
export const TURNED_ON_META = { zap: { id: '17' } };

/**
 * Returns the texts of the entries of Zapier's cache for a Zap.
 *
 * @param zapId - id of the Zap; default: the id in {@link TURNED_ON_META}
 */
export async function turnedOnEntries(
  triggerKey: string,
  privateKey: string,
  zapId = TURNED_ON_META.zap.id,
): Promise<Record<string, string>> {
  const entries: Record<string, string> = {};
  const set = (name: string, value: unknown) => Promise.resolve(Boolean((entries[name] = JSON.stringify(value))));
  const bundle = { authData: { private_key: privateKey } } as unknown as Bundle;
  const store = new ZapNotesStore({ cache: { set } } as unknown as ZObject, bundle, triggerKey, zapId);
  await store.write(newNotes(Date.now(), []));
  return entries;
}
