/** Updates to the list of loaded events. */

import { describe, expect, it, jest } from '@jest/globals';

import { openPage, withFirstPage, withOlderPage, type EventList } from '../../console/event-list.ts';
import { unwrapLinkKeys, viewerLocale } from '../../console/opened-delivery.ts';
import { clientEvent, FakeApi } from './fake-api.ts';
import { listedEvent } from './listed-event.ts';

const list = (numbers: readonly number[], next: number | null, newest = numbers[0] ?? 0): EventList => ({
  events: numbers.map((number) => listedEvent(number)),
  next,
  newest,
  searchedFrom: next,
});

describe('a new first page', () => {
  it.each([
    ['replaces the events of its range', list([9, 8, 7], 7), list([10, 9, 8], 8), list([10, 9, 8, 7], 7)],
    ['keeps what was found in older events', list([3, 2], null, 9), list([], 8, 12), list([3, 2], null, 12)],
    ['keeps what was searched without result', list([], 2, 9), list([], 8, 12), list([], 2, 12)],
    ['replaces the list if events in between were not searched', list([3], 2, 9), list([], 11, 20), list([], 11, 20)],
    ['removes events that no longer meet the conditions', list([9, 8, 7], 7), list([9, 7], 7), list([9, 7], 7)],
    ['replaces the list if there could be events in between', list([5, 4], 4), list([30, 29], 29), list([30, 29], 29)],
    ['continues a list that ends where the page begins', list([9, 8], 8), list([10], 10, 12), list([10, 9, 8], 8, 12)],
    ['is the entire list if there was no list', null, list([3], 3), list([3], 3)],
    ['is the entire list if no event follows', list([9, 8, 7], 7), list([9], null), list([9], null)],
  ])('%s', (_, before, page, after) => {
    expect(withFirstPage(before, page)).toEqual(after);
  });

  it('updates the events of its range', () => {
    const page: EventList = { ...list([], 8, 9), events: [listedEvent(9, 'failed'), listedEvent(8)] };
    expect(withFirstPage(list([9, 8, 7], 7), page).events[0]?.outcome).toBe('failed');
  });
});

it('a page of older events continues the list, and may have searched nothing', () => {
  const before = list([9, 8], 8);
  expect(withOlderPage(before, list([7, 6], 6, 12))).toEqual(list([9, 8, 7, 6], 6, 9));
  expect(withOlderPage(before, list([], null, 12))).toEqual({ ...before, next: null });
});

it('a page keeps the names in its events, also those that were opened before, and no contents', async () => {
  const api = await FakeApi.create();
  const access = { keys: unwrapLinkKeys(api.wrappingKey, api.link), locale: viewerLocale(null) };
  const envelopes = [api.add(2, clientEvent('Patel')), { ...api.add(1, clientEvent('Raman')), sealed: null }];
  const events = envelopes.map((envelope, index) => ({ ...listedEvent(2 - index), envelope }));
  const known = { kind: 'opened', events: [{ name: 'Priya Raman', people: '' }] } as const;
  const response = { events, next: 1, newest: 2, searched_from: 1_000 };
  const opened = await openPage(response, [{ ...listedEvent(1), opened: known }], access);
  expect(opened).toMatchObject({ next: 1, newest: 2, searchedFrom: 1_000 });
  expect(opened.events.map((event) => event.opened)).toEqual([
    { kind: 'opened', events: [{ name: 'Priya Patel', people: '' }] },
    known,
  ]);
  expect(opened.events.map(({ envelope }) => envelope.sealed)).toEqual([null, null]);
  jest.restoreAllMocks();
});
