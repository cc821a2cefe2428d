/** The notes of a Zap with a polled trigger. */

import { describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { newNotes, zapIdOf, ZapNotesStore } from '../../src/polled/zap-notes.ts';

describe('the notes of a Zap', () => {
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {}, meta: {} } as unknown as Bundle;
  const storeWith = (cache: object) => new ZapNotesStore({ cache } as unknown as ZObject, bundle, 'lesson_ended', '17');

  it.each([
    ['no entry', null],
    ['a text', 'text'],
    ['other values', { ...newNotes(0), returned: { 1: 'yes' }, waiting: {} }],
  ])('is missing if the cache returns %s', async (_what, entry) => {
    expect(await storeWith({ get: () => Promise.resolve(entry) }).find()).toBeNull();
  });

  it('is unknown if the cache does not respond', async () => {
    await expect(storeWith({ get: () => Promise.reject(new Error('rpc')) }).find()).rejects.toThrow('rpc');
  });

  it('is missing if any part of the entry in the cache is malformed', async () => {
    const valid = { ...newNotes(0), known: { 60: [9] }, returned: { 60: [7] }, waiting: { 60: [8] }, missed: [1] };
    const readEntry = (entry: object) => storeWith({ get: () => Promise.resolve(entry) }).find();
    expect(await readEntry(valid)).toMatchObject({ returned: [{ rowId: '7', at: 60_000 }], missed: [1] });
    expect(await readEntry({ ...valid, known: null })).toMatchObject({ known: null });
    for (const name of Object.keys(valid)) {
      for (const value of ['x', null, undefined, ['x'], { 60: ['x'] }, { 60: 7 }]) {
        if (name === 'known' && value === null) continue;
        expect([name, await readEntry({ ...valid, [name]: value })]).toEqual([name, null]);
      }
    }
  });

  it.each([
    ['does not respond', () => Promise.reject(new Error('rpc')), false],
    ['keeps nothing', () => Promise.resolve(false), false],
    ['keeps it', () => Promise.resolve(true), true],
  ])('is kept unless the cache fails: it %s', async (_what, set, isKept) => {
    expect(await storeWith({ set }).write(newNotes(0))).toBe(isKept);
  });

  it('is neither written nor written again when it is too late', async () => {
    let writes = 0;
    const set = () => {
      writes++;
      return Promise.reject(new Error('rpc'));
    };
    expect(await storeWith({ set }).write(newNotes(0), () => false)).toBe(false);
    expect(writes).toBe(0);
    expect(await storeWith({ set }).write(newNotes(0), () => writes === 0)).toBe(false);
    expect(writes).toBe(1);
  });

  it('survives one failure of the cache for each operation', async () => {
    let entry: unknown = null;
    let operations = 0;
    const failing = <T>(operation: () => T) =>
      ++operations % 2 === 1 ? Promise.reject(new Error('rpc')) : Promise.resolve(operation());
    const get = () => failing(() => entry);
    const set = (_key: string, value: unknown) => failing(() => Boolean((entry = value)));
    const notes = { ...newNotes(5_000, [{ rowId: '7', at: 60_000 }]), missed: [1] };
    expect(await storeWith({ get, set }).write(notes)).toBe(true);
    expect(await storeWith({ get, set }).find()).toEqual(notes);
  });

  it('needs less than 130 kB for a week with 2,000 lessons a day', async () => {
    let size = 0;
    const set = (_key: string, value: unknown) => Promise.resolve(Boolean((size = JSON.stringify(value).length)));
    const marks = Array.from({ length: 14_000 }, (_, index) => ({
      rowId: `${2_000_000 + index}`,
      at: (index % 300) * 9e5,
    }));
    await storeWith({ set }).write(newNotes(0, marks));
    expect(size).toBeLessThan(130_000);
  });
});

it.each([
  [{ zap: { id: 17 } }, '17'],
  [{ zap: { id: '17' } }, '17'],
  [{ zap: { id: '0' } }, null],
  [{ zap: { id: '' } }, null],
  [{ zap: {} }, null],
  [{ zap: null }, null],
  [{ zap: '17' }, null],
  [null, null],
])('the id of the Zap with the metadata %j is %j', (meta, id) => {
  expect(zapIdOf({ meta } as unknown as Bundle)).toBe(id);
});
