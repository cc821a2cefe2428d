/** The changes that the opened event reports, with the layouts that the build computes. */

import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';

import type { LoadedDetail } from '../../console/detail.ts';
import { relayClient } from '../../console/relay-client.ts';
import { viewerLocale } from '../../console/times.ts';
import { objects } from '../../objects/index.ts';
import { CONSOLE_EVENTS_PATH, type EventResponse } from '../../wire/console-api.ts';
import { clientEvent, FakeApi } from './fake-api.ts';

jest.unstable_mockModule('../../console/object-layouts.ts', () => ({
  LAYOUTS: new Map(objects.map(({ word, layout }) => [word, layout])),
}));
const { loadDetail } = await import('../../console/detail.ts');
const { unwrapLinkKeys } = await import('../../console/opened-delivery.ts');

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.create();
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Loads the event 3, which sets the last name Patel. @param earlier - the earlier deliveries in its envelope */
async function changesSince(earlier: Pick<EventResponse['envelope'], 'previous' | 'burst'>) {
  const envelope = { ...api.add(3, clientEvent('Patel')), ...earlier };
  const event: EventResponse = { number: 3, outcome: 'delivered', zaps: [], envelope };
  api.replaced.set(`${CONSOLE_EVENTS_PATH}/3`, () => Response.json(event));
  const access = { keys: unwrapLinkKeys(api.wrappingKey, api.link), locale: viewerLocale('GBP') };
  const { signal } = new AbortController();
  const detail = await loadDetail(relayClient('token'), access, { kind: 'loading', number: 3 }, signal);
  return (detail as LoadedDetail).changes?.changes;
}

it('the opened event is compared with the delivery before it, and with the deliveries of its burst', async () => {
  const previous = api.add(1, clientEvent('Raman', '2026-06-10T17:00:00Z'));
  const burst = [api.add(2, clientEvent('Rao', '2026-06-10T18:04:57Z'))];
  expect(await changesSince({})).toBeUndefined();
  expect(await changesSince({ previous })).toMatchObject([{ before: 'Raman', after: 'Patel' }]);
  expect(await changesSince({ previous, burst })).toMatchObject([{ before: 'Rao', after: 'Patel' }]);
  expect(await changesSince({ burst })).toMatchObject([{ before: 'Rao', after: 'Patel' }]);
});
