/** The changes that events report, with the layouts that the build computes. */

import './built-layouts.ts';

import { describe, expect, it } from '@jest/globals';

import { viewerLocale, type BrowserDelivery } from '../../console/opened-delivery.ts';
import { reportedChanges } from '../../console/reported-changes.ts';
import { eventsOf, hasSubject } from '../../wire/delivery.ts';
import { clientEvent } from './fake-api.ts';

const locale = viewerLocale('GBP');

/**
 * Returns an opened delivery with the given body. The names and the records are empty, because the comparison does not
 * read them.
 */
const open = (body: object): BrowserDelivery => ({
  kind: 'opened',
  events: eventsOf(JSON.stringify(body))
    .filter(hasSubject)
    .map((event) => ({ event, name: '', people: '', record: {} })),
});

describe('changes', () => {
  const EARLIER = '2026-06-10T17:00:00Z';

  it('are the changes to the fields of the subject', () => {
    const previous = open(clientEvent('Raman', EARLIER));
    const found = reportedChanges(open(clientEvent('Patel')), previous, [], locale);
    expect(found?.changes).toMatchObject([{ field: 'Client Last Name', before: 'Raman', after: 'Patel' }]);
    expect(found?.since.timestamp).toBe(EARLIER);
  });

  it('are those since the nearest earlier state in the burst', () => {
    const previous = open(clientEvent('Raman', EARLIER));
    const burst = [open(clientEvent('Rao', '2026-06-10T18:04:57Z'))];
    const found = reportedChanges(open(clientEvent('Patel')), previous, burst, locale);
    expect(found?.changes).toMatchObject([{ before: 'Rao', after: 'Patel' }]);
  });

  it('are not those since an event about another record', () => {
    const previous = open(clientEvent('Raman', EARLIER));
    const subject = { model: 'Client', id: 6, first_name: 'Priya', last_name: 'Rao' };
    const events = [{ action: 'A', verb: 'A', timestamp: '2026-06-10T18:04:57Z', subject }];
    const found = reportedChanges(open(clientEvent('Patel')), previous, [open({ events })], locale);
    expect(found?.changes).toMatchObject([{ before: 'Raman', after: 'Patel' }]);
  });

  it('are none if an event of the same action has shown them before', () => {
    const previous = open(clientEvent('Raman', EARLIER));
    for (const time of ['2026-06-10T18:04:57Z', '2026-06-10T18:05:01Z']) {
      const burst = [open(clientEvent('Patel', time))];
      const found = reportedChanges(open(clientEvent('Patel')), previous, burst, locale);
      expect(found).toMatchObject({ changes: [], isRepeated: true });
    }
  });

  it('are reported again if only an event of another action has shown them before', () => {
    const previous = open(clientEvent('Raman', EARLIER));
    const { events } = clientEvent('Patel', '2026-06-10T18:04:57Z') as { events: object[] };
    const burst = [open({ events: events.map((event) => ({ ...event, action: 'ADDED_A_LABEL_TO_CLIENT' })) })];
    const found = reportedChanges(open(clientEvent('Patel')), previous, burst, locale);
    expect(found).toMatchObject({ changes: [{ before: 'Raman', after: 'Patel' }], isRepeated: false });
  });

  it.each([
    ['include balances', { invoice_balance: '10.00' }, { invoice_balance: '25.00' }, 1],
    ['are none if only the later event contains the labels', { labels: [] }, { labels: [{ id: 3, name: 'VIP' }] }, 0],
    ['are none if only the earlier event contains the labels', { labels: [{ id: 3, name: 'VIP' }] }, { labels: [] }, 0],
  ])('%s', (_, before, after, count) => {
    const clientAt = (timestamp: string, fields: object) =>
      open({ events: [{ action: 'A', verb: 'A', timestamp, subject: { model: 'Client', id: 5, ...fields } }] });
    const previous = clientAt(EARLIER, before);
    const found = reportedChanges(clientAt('2026-06-10T18:05:00Z', after), previous, [], locale);
    expect(found?.changes).toHaveLength(count);
  });

  it('are unknown for a delivery of several events', () => {
    const { events } = clientEvent('Patel') as { events: object[] };
    const several = open({ events: [...events, ...events] });
    const previous = open(clientEvent('Raman', EARLIER));
    expect(reportedChanges(several, previous, [], locale)).toBeNull();
    expect(reportedChanges(open(clientEvent('Patel')), several, [], locale)).toBeNull();
  });

  it('are unknown in another order, without an event, for unknown objects, and if an event is not opened', () => {
    const [previous, delivery] = [open(clientEvent('Raman', EARLIER)), open(clientEvent('Patel'))];
    const none = open({ events: [] });
    const unknown = open({
      events: [{ action: 'A', verb: 'A', timestamp: '2026-06-10T18:05:00Z', subject: { model: 'Spaceship', id: 5 } }],
    });
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
