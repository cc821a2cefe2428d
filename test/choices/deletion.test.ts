/** Events about deleted objects, which contain little more than an id and names. */

import { expect, it } from '@jest/globals';

import { areDeletions, deletedSubject, withLastKnown } from '../../src/choices/deletion.ts';
import type { JsonObject } from '../../wire/json.ts';

it.each<[actions: readonly string[], expected: boolean]>([
  [['DELETED_A_CLIENT'], true],
  [['DELETED_A_CLIENT', 'DELETED_A_CONTRACTOR'], true],
  [['DELETED_A_CLIENT', 'EDITED_A_CLIENT'], false],
  [['UNDELETED_A_CLIENT'], false],
  [[], false],
])('the actions %j delete their subject: %j', (actions, expected) => {
  expect(areDeletions(actions)).toBe(expected);
});

it('a deleted subject has its model, its URL, its id and its names', () => {
  const names = { first_name: 'Priya', last_name: 'Raman', name: 'Maths', topic: 'Sets' };
  const deleted = { model: 'Client', url: 'https://example.com/', id: 5, ...names };
  expect(deletedSubject({ ...deleted, email: 'priya@example.com', labels: [] })).toEqual(deleted);
});

it.each<[deleted: JsonObject, lastKnown: JsonObject, shown: JsonObject]>([
  [{ id: 5 }, { id: 5, town: 'Wells' }, { id: 5, town: 'Wells' }],
  [{ name: 'New' }, { name: 'Old' }, { name: 'New' }],
  [{ name: '' }, { name: 'Old' }, { name: 'Old' }],
  [{ name: null }, { name: 'Old' }, { name: 'Old' }],
  [{ labels: [] }, { labels: [1] }, { labels: [1] }],
  [{ labels: [2] }, { labels: [1] }, { labels: [2] }],
  [{ client: {} }, { client: { id: 1 } }, { client: { id: 1 } }],
  [{ client: { id: 2 } }, { client: { id: 1 } }, { client: { id: 2 } }],
  [{ user: { name: 'New' } }, { user: { name: 'Old', town: 'Wells' } }, { name: 'New', town: 'Wells' }],
])('the deleted subject %j, which was last %j, is shown as %j', (deleted, lastKnown, shown) => {
  const event = { action: 'DELETED_A_CLIENT', subject: { model: 'Client' } };
  const previous = { action: 'EDITED_A_CLIENT', subject: lastKnown };
  expect(withLastKnown({ event, previous, burst: [] }, deleted)).toEqual(shown);
  expect(withLastKnown({ event, previous: null, burst: [] }, deleted)).toBe(deleted);
  expect(withLastKnown({ event: previous, previous, burst: [] }, deleted)).toBe(deleted);
});

it('a deletion that comes twice shows the state from before both', () => {
  const deletion = (seconds: number) => ({
    action: 'DELETED_A_CLIENT',
    branch: 3268,
    timestamp: `2026-06-10T18:00:0${seconds}Z`,
    subject: { model: 'Client', id: 5, name: 'Priya' },
  });
  const previous = { ...deletion(0), action: 'EDITED_A_CLIENT', subject: { model: 'Client', id: 5, town: 'Wells' } };
  const burst = [{ event: deletion(1), isSelected: true }];
  const event = deletion(2);
  expect(withLastKnown({ event, previous, burst }, event.subject)).toMatchObject({ town: 'Wells', name: 'Priya' });
  expect(withLastKnown({ event, previous: null, burst }, { id: 5 })).toMatchObject({ name: 'Priya' });
});
