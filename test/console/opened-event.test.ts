/** The opened event: its contents, which the page loads once, and its outcomes. */

import './built-layouts.ts';

import { describe, expect, it } from '@jest/globals';

import { loadDetail, type LoadedDetail } from '../../console/opened-event.ts';
import { unwrapLinkKeys, viewerLocale } from '../../console/opened-delivery.ts';
import { relayClient } from '../../console/relay-client.ts';
import { CONSOLE_EVENTS_PATH, type EventAtZapInDetail, type EventResponse } from '../../wire/console-api.ts';
import { clientEvent } from './fake-api.ts';
import { EVENT, LIST, SessionBed } from './session-bed.ts';

const bed = new SessionBed();

/**
 * Loads event 3, which sets the last name to Patel. Returns the changes that the event reports.
 *
 * @param earlier - the earlier deliveries in the event's envelope
 */
async function changesSince(earlier: Pick<EventResponse['envelope'], 'previous' | 'burst'>) {
  const envelope = { ...bed.api.add(3, clientEvent('Patel')), ...earlier };
  const event: EventResponse = { number: 3, outcome: 'delivered', zaps: [], envelope };
  bed.api.replaced.set(`${CONSOLE_EVENTS_PATH}/3`, () => Response.json(event));
  const access = { keys: unwrapLinkKeys(bed.api.wrappingKey, bed.api.link), locale: viewerLocale('GBP') };
  const { signal } = new AbortController();
  const detail = await loadDetail(relayClient(bed.api.accessToken), access, { kind: 'loading', number: 3 }, signal);
  return (detail as LoadedDetail).changes?.changes;
}

it('the opened event is compared with the delivery before it, and with the deliveries of its burst', async () => {
  const previous = bed.api.add(1, clientEvent('Raman', '2026-06-10T17:00:00Z'));
  const burst = [bed.api.add(2, clientEvent('Rao', '2026-06-10T18:04:57Z'))];
  expect(await changesSince({})).toBeUndefined();
  expect(await changesSince({ previous })).toMatchObject([{ before: 'Raman', after: 'Patel' }]);
  expect(await changesSince({ previous, burst })).toMatchObject([{ before: 'Rao', after: 'Patel' }]);
  expect(await changesSince({ burst })).toMatchObject([{ before: 'Rao', after: 'Patel' }]);
});

describe('the opened event', () => {
  const path = `${CONSOLE_EVENTS_PATH}/2`;
  const atZap: EventAtZapInDetail = {
    zap: 'zap',
    outcome: 'failed',
    was_on: true,
    is_sent_again: false,
    attempts: [],
    next_attempt_at: 1,
    given_up_reason: null,
    explanation: '',
    behind: null,
  };

  const ATTEMPT = { number: 1, at: 1, failure: 'HTTP 500', failure_text: '', duration_ms: 5, is_sent_again: false };

  it('has the name of the event that it waits behind', async () => {
    bed.api.add(2, clientEvent('Raman'));
    const fields = { number: 1, is_repeat: false, outcome: 'failed', zaps: [] } as const;
    const behind = { ...fields, envelope: bed.api.add(1, clientEvent('Patel')) };
    bed.api.zaps = [{ ...atZap, outcome: 'waiting', behind }];
    await bed.open(EVENT);
    const before = () => (bed.session.state.detail as LoadedDetail).before;
    expect(before().get(1)?.opened.events).toMatchObject([{ name: 'Priya Patel' }]);
    bed.api.zaps = [atZap];
    await bed.nextPoll();
    expect(before().size).toBe(0);
  });

  it('is loaded once, then only its outcomes are requested, until it is closed', async () => {
    bed.api.add(2, clientEvent('Raman'));
    await bed.open(EVENT);
    expect(bed.session.state.detail).toMatchObject({ kind: 'loaded', envelope: { received_at: 2_000 }, zaps: [] });
    bed.api.zaps = [atZap];
    await bed.nextPoll();
    await bed.nextPoll();
    expect(bed.session.state.detail).toMatchObject({ kind: 'loaded', zaps: [atZap], delivery: { kind: 'opened' } });
    expect(bed.api.requestsOf(path)).toHaveLength(1);
    expect(bed.api.requestsOf(`${path}/zaps`)).toHaveLength(2);
    bed.session.show({ ...EVENT, filters: { ...EVENT.filters, outcome: 'delivered' } });
    expect(bed.session.state.detail?.kind).toBe('loaded');
    bed.session.show(LIST);
    expect(bed.session.state.detail).toBeNull();
  });

  it('comes with the responses to failed attempts, except those that cannot be opened', async () => {
    bed.api.add(2, clientEvent('Raman'));
    const texts = async (...responses: readonly (string | null)[]) => {
      bed.api.zaps = [{ ...atZap, attempts: responses.map((response) => ({ ...ATTEMPT, response })) }];
      await bed.nextPoll();
      const { detail } = bed.session.state;
      return detail?.kind === 'loaded' ? [...detail.responses.values()] : detail;
    };
    await bed.open(EVENT);
    const sealed = bed.api.sealedResponse(2, 'Try later');
    expect(await texts(null, sealed, bed.api.sealedResponse(3, 'Of another event'))).toEqual(['Try later', '']);
    expect(await texts(sealed, bed.api.sealedResponse(2, 'Busy'))).toEqual(['Try later', '', 'Busy']);
  });

  it('has no responses if the link does not contain its key', async () => {
    bed.api.add(2, clientEvent('Novak'), '00000000-0000-4000-8000-0000000000d1');
    bed.api.zaps = [{ ...atZap, attempts: [{ ...ATTEMPT, response: bed.api.sealedResponse(2, 'Busy') }] }];
    await bed.open(EVENT);
    expect(bed.session.state.detail).toMatchObject({ kind: 'loaded', responses: new Map() });
  });

  it('is missing if it is no longer stored', async () => {
    await bed.open(EVENT);
    expect(bed.session.state).toMatchObject({ detail: { kind: 'missing', number: 2 }, trouble: null });
  });

  it('is not missing if the relay fails', async () => {
    bed.api.replaced.set(path, () => new Response('', { status: 500 }));
    await bed.open(EVENT);
    expect(bed.session.state).toMatchObject({ detail: { kind: 'loading', number: 2 }, trouble: 'unavailable' });
  });
});
