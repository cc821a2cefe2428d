/** The opening of deliveries, with the layouts that the build computes. */

import './built-layouts.ts';

import { beforeAll, describe, expect, it } from '@jest/globals';

import {
  deliveryNames,
  openDelivery,
  unwrapLinkKeys,
  viewerLocale,
  type BrowserDelivery,
  type LinkKeys,
} from '../../console/opened-delivery.ts';
import { VIEWER_ZONE } from '../../console/times.ts';
import type { SealedFields } from '../../wire/sealing/format.ts';
import { clientEvent, FakeApi } from './fake-api.ts';

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

describe('a delivery', () => {
  it('is opened with the data key of the link', async () => {
    const delivery = await open(clientEvent('Raman'));
    expect(delivery).toMatchObject({ kind: 'opened', events: [{ event: { action: 'EDITED_A_CLIENT' } }] });
    expect(deliveryNames(delivery)).toEqual({ kind: 'opened', events: [{ name: 'Priya Raman', people: '' }] });
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
    const rcras = [{ recipient: 1, recipient_name: 'Ben Oakley' }];
    const cjas = [{ contractor: 3, name: 'Hannah Whitlock' }];
    const service = { id: 4, name: 'Maths for Ben' };
    const peopleOf = async (subject: object) =>
      (await openSubject({ model: 'Lesson', id: 7, topic: 'Fractions', ...subject })).events;
    expect(await peopleOf({ rcras, cjas, service })).toMatchObject([{ name: 'Fractions', people: 'Ben Oakley' }]);
    expect(await peopleOf({ cjas, service })).toMatchObject([{ people: 'Hannah Whitlock' }]);
    expect(await peopleOf({ service })).toMatchObject([{ people: 'Maths for Ben' }]);
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
  it('has times in the time zone of the viewer', () => {
    expect(viewerLocale(null).timeZone).toBe(VIEWER_ZONE);
  });

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
