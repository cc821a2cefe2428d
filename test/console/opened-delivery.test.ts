/** Deliveries that the page opens, with the layouts that the build computes. */

import { beforeAll, describe, expect, it, jest } from '@jest/globals';

import { layoutParts } from '../../console/object-layouts.ts';
import type { BrowserDelivery, LinkKeys } from '../../console/opened-delivery.ts';
import { viewerLocale } from '../../console/times.ts';
import { objects } from '../../objects/index.ts';
import { layoutWith, type LayoutParts } from '../../src/record/layout.ts';
import type { SealedFields } from '../../wire/sealing/format.ts';
import { clientEvent, FakeApi } from './fake-api.ts';

jest.unstable_mockModule('../../console/object-layouts.ts', () => ({
  LAYOUTS: new Map(objects.map(({ word, layout }) => [word, layout])),
}));
const { reportedChanges, deliveryNames, openDelivery, searchedText, unwrapLinkKeys } =
  await import('../../console/opened-delivery.ts');

let api: FakeApi;
let keys: LinkKeys;
const locale = viewerLocale('GBP');
beforeAll(async () => {
  api = await FakeApi.create();
  keys = unwrapLinkKeys(api.wrappingKey, api.link);
});

const open = (body: object, change: Partial<SealedFields> = {}): Promise<BrowserDelivery> =>
  openDelivery({ ...api.add(1, body), ...change }, { keys, locale });
const openSubject = (subject: object): Promise<BrowserDelivery> =>
  open({ events: [{ action: 'A', verb: 'A', timestamp: '2026-06-10T18:05:00Z', subject }] });

it.each(objects.map(({ word, layout }) => ({ word, layout })))('the layout of $word survives JSON', ({ layout }) => {
  const stored = JSON.parse(JSON.stringify(layoutParts(layout))) as LayoutParts;
  expect(layoutWith(stored)).toEqual(layout);
});

describe('a delivery', () => {
  it('is opened with the data key of the link', async () => {
    const delivery = await open(clientEvent('Raman'));
    expect(delivery).toMatchObject({ kind: 'opened', events: [{ event: { action: 'EDITED_A_CLIENT' } }] });
    expect(deliveryNames(delivery)).toEqual({ kind: 'opened', events: [{ name: 'Priya Raman', people: '' }] });
    expect(searchedText(deliveryNames(delivery))).toBe('priya raman ');
  });

  it('has amounts with the sign of the currency in the link, as in a Zap', async () => {
    const subject = { model: 'Invoice', id: 9, display_id: 'INV-9', gross: '63.00' };
    const amounts = async (currency: string | null) => {
      const events = [{ action: 'A', verb: 'A', timestamp: '2026-06-10T18:05:00Z', subject }];
      const { events: opened } = await openDelivery(api.add(1, { events }), { keys, locale: viewerLocale(currency) });
      return Object.values(opened[0]?.record ?? {}).filter(
        (value) => typeof value === 'string' && value.endsWith('63.00'),
      );
    };
    expect(await amounts('GBP')).toEqual(['£63.00']);
    expect(await amounts('CHF')).toEqual(['CHF 63.00']);
    expect(await amounts(null)).toEqual(['63.00']);
  });

  it('names the people that its subject involves', async () => {
    const students = [{ recipient: 1, recipient_name: 'Ben Oakley' }];
    const delivery = await openSubject({ model: 'Lesson', id: 7, topic: 'Fractions', rcras: students });
    expect(delivery.events).toMatchObject([{ name: 'Fractions', people: 'Ben Oakley' }]);
  });

  it('may have a number as the name of its subject', async () => {
    expect((await openSubject({ model: 'Spaceship', id: 5, display_id: 7 })).events).toMatchObject([{ name: '7' }]);
  });

  it('has only events with a subject', async () => {
    const { events } = clientEvent('Raman') as { events: object[] };
    expect(await open({ events: [{ action: 'A' }, ...events] })).toMatchObject({
      kind: 'opened',
      events: [{ name: 'Priya Raman' }],
    });
  });

  it.each([
    ['newer-key', { key_id: '00000000-0000-4000-8000-0000000000d1' }],
    ['damaged', { sealed: Buffer.alloc(60).toString('base64') }],
    ['damaged', { channel: 'another' }],
  ])('is %s with %j', async (kind, change) => {
    const delivery = await open(clientEvent('Raman'), change);
    expect(delivery).toEqual({ kind, events: [] });
    expect(searchedText(delivery)).toBe('');
  });

  it('is marked as large if the list omits its content', async () => {
    const omitted = { ...api.add(1, clientEvent('Raman')), sealed: null };
    expect(await openDelivery(omitted, { keys, locale })).toMatchObject({ kind: 'large' });
  });

  it('is damaged if the data key of the link is damaged', async () => {
    const damaged = api.link.keys.map((key) => ({ ...key, wrapped_key: key.wrapped_key.slice(4) }));
    const damagedKeys = unwrapLinkKeys(api.wrappingKey, { ...api.link, keys: damaged });
    expect(await openDelivery(api.add(1, clientEvent('Raman')), { keys: damagedKeys, locale })).toMatchObject({
      kind: 'damaged',
    });
  });
});

describe('the record of an event', () => {
  it('has the keys of its object and an id, which is a hash', async () => {
    const { events } = await openSubject({ model: 'Client', id: 5, first_name: 'Priya' });
    const id = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(events).toMatchObject([{ record: { client_first_name: 'Priya', client_email: null, id } }]);
    expect(events[0]?.record).not.toHaveProperty('subject_model');
  });

  it('has the fields of an unknown object', async () => {
    const { events } = await openSubject({ model: 'Spaceship', id: 5, engines: 3 });
    expect(events).toMatchObject([{ record: { spaceship_engines: 3, subject_model: 'Spaceship', subject_id: 5 } }]);
  });
});

describe('changes', () => {
  const EARLIER = '2026-06-10T17:00:00Z';

  it('are the changes to the fields of the subject', async () => {
    const previous = await open(clientEvent('Raman', EARLIER));
    const found = reportedChanges(await open(clientEvent('Patel')), previous, [], locale);
    expect(found?.changes).toMatchObject([{ field: 'Client Last Name', before: 'Raman', after: 'Patel' }]);
    expect(found?.since.timestamp).toBe(EARLIER);
  });

  it('are those since the nearest earlier state in the burst', async () => {
    const previous = await open(clientEvent('Raman', EARLIER));
    const burst = [await open(clientEvent('Rao', '2026-06-10T18:04:57Z'))];
    const found = reportedChanges(await open(clientEvent('Patel')), previous, burst, locale);
    expect(found?.changes).toMatchObject([{ before: 'Rao', after: 'Patel' }]);
  });

  it('are none if an event of the same action has shown them before', async () => {
    const previous = await open(clientEvent('Raman', EARLIER));
    for (const time of ['2026-06-10T18:04:57Z', '2026-06-10T18:05:01Z']) {
      const burst = [await open(clientEvent('Patel', time))];
      const found = reportedChanges(await open(clientEvent('Patel')), previous, burst, locale);
      expect(found).toMatchObject({ changes: [], isRepeated: true });
    }
  });

  it('are reported again if only an event of another action has shown them before', async () => {
    const previous = await open(clientEvent('Raman', EARLIER));
    const { events } = clientEvent('Patel', '2026-06-10T18:04:57Z') as { events: object[] };
    const burst = [await open({ events: events.map((event) => ({ ...event, action: 'ADDED_A_LABEL_TO_CLIENT' })) })];
    const found = reportedChanges(await open(clientEvent('Patel')), previous, burst, locale);
    expect(found).toMatchObject({ changes: [{ before: 'Raman', after: 'Patel' }], isRepeated: false });
  });

  it.each([
    ['include balances', { invoice_balance: '10.00' }, { invoice_balance: '25.00' }, 1],
    ['are none if only the later event contains the labels', { labels: [] }, { labels: [{ id: 3, name: 'VIP' }] }, 0],
    ['are none if only the earlier event contains the labels', { labels: [{ id: 3, name: 'VIP' }] }, { labels: [] }, 0],
  ])('%s', async (_, before, after, count) => {
    const clientAt = (timestamp: string, fields: object) =>
      open({ events: [{ action: 'A', verb: 'A', timestamp, subject: { model: 'Client', id: 5, ...fields } }] });
    const previous = await clientAt(EARLIER, before);
    const found = reportedChanges(await clientAt('2026-06-10T18:05:00Z', after), previous, [], locale);
    expect(found?.changes).toHaveLength(count);
  });

  it('are unknown for a delivery of several events', async () => {
    const { events } = clientEvent('Patel') as { events: object[] };
    const several = await open({ events: [...events, ...events] });
    const previous = await open(clientEvent('Raman', EARLIER));
    expect(reportedChanges(several, previous, [], locale)).toBeNull();
    expect(reportedChanges(await open(clientEvent('Patel')), several, [], locale)).toBeNull();
  });

  it('are unknown in another order, without an event, for unknown objects, and if an event is not opened', async () => {
    const [previous, delivery] = [await open(clientEvent('Raman', EARLIER)), await open(clientEvent('Patel'))];
    const none = await open({ events: [] });
    const unknown = await openSubject({ model: 'Spaceship', id: 5 });
    const damaged = { kind: 'damaged', events: [] } as const;
    const burst = [none, unknown, damaged];
    expect(reportedChanges(delivery, null, burst, locale)).toBeNull();
    expect(reportedChanges(previous, delivery, burst, locale)).toBeNull();
    expect(reportedChanges(delivery, none, [], locale)).toBeNull();
    expect(reportedChanges(unknown, unknown, [], locale)).toBeNull();
    expect(reportedChanges(delivery, damaged, [], locale)).toBeNull();
    expect(reportedChanges(damaged, previous, [], locale)).toBeNull();
  });
});
