/** Deliveries that the page opens, with the layouts that the build computes. */

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

import { LinkKeys } from '../../console/link.ts';
import { layoutFrom, storedLayout } from '../../console/object-layouts.ts';
import type { BrowserDelivery } from '../../console/opened-delivery.ts';
import { objects } from '../../objects/index.ts';
import type { SealedFields } from '../../wire/sealing/format.ts';
import { CHANNEL, clientEvent, FakeApi } from './fake-api.ts';

jest.unstable_mockModule('../../console/object-layouts.ts', () => ({
  LAYOUTS: Object.fromEntries(objects.map(({ word, layout }) => [word, storedLayout(layout)])),
  layoutFrom,
}));
const { reportedChanges, deliveryNames, openDelivery, recordOf, searchedText } =
  await import('../../console/opened-delivery.ts');

let api: FakeApi;
let keys: LinkKeys;
beforeAll(async () => {
  api = await FakeApi.create();
  keys = new LinkKeys(api.derived.wrappingKey, api.link);
});
afterAll(() => {
  api.restore();
});

const open = (body: object, change: Partial<SealedFields> = {}): Promise<BrowserDelivery> =>
  openDelivery({ ...api.add(1, body), ...change }, keys);

describe('a delivery', () => {
  it('is opened with the data key of the link', async () => {
    const delivery = await open(clientEvent('Raman'));
    expect(delivery).toMatchObject({ kind: 'opened', events: [{ action: 'EDITED_A_CLIENT', name: 'Priya Raman' }] });
    expect(deliveryNames(delivery)).toEqual({ kind: 'opened', events: [{ name: 'Priya Raman', people: '' }] });
    expect(searchedText(deliveryNames(delivery))).toBe('priya raman ');
  });

  it('names the people that its subject involves', async () => {
    const lesson = {
      model: 'Lesson',
      id: 7,
      topic: 'Fractions',
      rcras: [{ recipient: 1, recipient_name: 'Ben Oakley' }],
    };
    const delivery = await open({
      events: [{ action: 'A', verb: 'A', timestamp: '2026-06-10T18:05:00Z', subject: lesson }],
    });
    expect(deliveryNames(delivery)).toMatchObject({ events: [{ name: 'Fractions', people: 'Ben Oakley' }] });
  });

  it.each([
    ['newer-key', { key_id: '00000000-0000-4000-8000-0000000000d1' }],
    ['damaged', { sealed: Buffer.alloc(60).toString('base64') }],
    ['damaged', { channel: 'another' }],
  ])('is %s with %j', async (kind, change) => {
    const delivery = await open(clientEvent('Raman'), change);
    expect(delivery).toEqual({ kind });
    expect(deliveryNames(delivery)).toEqual({ kind });
    expect(searchedText(delivery)).toBe('');
  });

  it('is marked as large if the list omits its content', async () => {
    expect(await openDelivery({ ...api.add(1, clientEvent('Raman')), sealed: null }, keys)).toEqual({ kind: 'large' });
  });

  it('is damaged if the data key of the link is damaged', async () => {
    const [key] = api.link.keys;
    const damaged = new LinkKeys(api.derived.wrappingKey, {
      ...api.link,
      keys: key ? [{ ...key, wrapped_key: key.wrapped_key.slice(4) }] : [],
    });
    expect(await openDelivery(api.add(1, clientEvent('Raman')), damaged)).toEqual({ kind: 'damaged' });
    expect(await damaged.dataKey(key?.key_id ?? '')).toBe('damaged');
    expect(api.link.channel).toBe(CHANNEL);
  });

  it('has no names if the event is not loaded', () => {
    expect(searchedText(undefined)).toBe('');
  });
});

describe('the record of an event', () => {
  const recordIn = async (subject: object) => {
    const delivery = await open({ events: [{ action: 'A', verb: 'A', timestamp: '2026-06-10T18:05:00Z', subject }] });
    const [opened] = delivery.kind === 'opened' ? delivery.events : [];
    if (!opened) throw new Error('The delivery has no event.');
    return recordOf(opened.event);
  };

  it('has the keys of its object and an id, which is a hash', async () => {
    const record = await recordIn({ model: 'Client', id: 5, first_name: 'Priya' });
    expect(record).toMatchObject({ client_first_name: 'Priya', client_email: null });
    expect(record.id).toMatch(/^[0-9a-f]{64}$/);
  });

  it('has the fields of an unknown object', async () => {
    expect(await recordIn({ model: 'Spaceship', id: 5, engines: 3 })).toMatchObject({ spaceship_engines: 3 });
  });
});

describe('changes', () => {
  const EARLIER = '2026-06-10T17:00:00Z';

  it('are the changes to the fields of the subject', async () => {
    const previous = await open(clientEvent('Raman', EARLIER));
    const found = reportedChanges(await open(clientEvent('Patel')), previous, []);
    expect(found?.changes).toMatchObject([{ field: 'Client Last Name', before: 'Raman', after: 'Patel' }]);
    expect(found?.since.timestamp).toBe(EARLIER);
  });

  it('are those since the nearest earlier state in the burst', async () => {
    const previous = await open(clientEvent('Raman', EARLIER));
    const burst = [await open(clientEvent('Rao', '2026-06-10T18:04:57Z'))];
    const found = reportedChanges(await open(clientEvent('Patel')), previous, burst);
    expect(found?.changes).toMatchObject([{ before: 'Rao', after: 'Patel' }]);
  });

  it('are none if an event of the same action has shown them before', async () => {
    const previous = await open(clientEvent('Raman', EARLIER));
    for (const time of ['2026-06-10T18:04:57Z', '2026-06-10T18:05:01Z']) {
      const burst = [await open(clientEvent('Patel', time))];
      const found = reportedChanges(await open(clientEvent('Patel')), previous, burst);
      expect(found).toMatchObject({ changes: [], isRepeated: true });
    }
  });

  it('are unknown in another order, for several events, for unknown objects, and if an event is not opened', async () => {
    const [previous, delivery] = [await open(clientEvent('Raman', EARLIER)), await open(clientEvent('Patel'))];
    const none = await open({ events: [] });
    const unknown = await open({
      events: [{ action: 'A', verb: 'A', timestamp: EARLIER, subject: { model: 'Spaceship', id: 5 } }],
    });
    const burst = [none, unknown, { kind: 'damaged' } as const];
    expect(reportedChanges(delivery, null, burst)).toBeNull();
    expect(reportedChanges(previous, delivery, burst)).toBeNull();
    expect(reportedChanges(delivery, none, [])).toBeNull();
    expect(reportedChanges(unknown, unknown, [])).toBeNull();
    expect(reportedChanges(delivery, { kind: 'damaged' }, [])).toBeNull();
    expect(reportedChanges({ kind: 'newer-key' }, previous, [])).toBeNull();
  });
});
