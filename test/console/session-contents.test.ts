/** The data that the page keeps about the list and about the opened event. */

import { setImmediate } from 'node:timers/promises';

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { LoadedDetail } from '../../console/detail.ts';
import { eventsWith } from '../../console/page-state.ts';
import { HOUR_MS } from '../../console/times.ts';
import { until } from '../../relay/harness/until.ts';
import { CONSOLE_EVENTS_PATH, CONSOLE_OVERVIEW_PATH, type EventAtZapInDetail } from '../../wire/console-api.ts';
import { clientEvent } from './fake-api.ts';
import { EVENT, LIST, SessionBed } from './session-bed.ts';

const OTHER_LIST = eventsWith({ outcome: 'delivered' });

const bed = new SessionBed();

describe('the list', () => {
  beforeEach(() => {
    for (const number of [1, 2, 3]) bed.api.add(number, clientEvent(`Raman ${number}`));
  });

  it('contains the names in the events, and keeps no contents', async () => {
    await bed.open(LIST);
    expect(bed.names()).toEqual(['Priya Raman 3', 'Priya Raman 2']);
    expect(JSON.stringify(bed.session.state.list)).not.toMatch(/"sealed":"/);
    expect(bed.session.state.list?.events[0]?.envelope).toMatchObject({ received_at: 3_000, model: 'client' });
    await Promise.all([bed.session.loadOlder('page'), bed.session.loadOlder('page')]);
    expect(bed.names()).toEqual(['Priya Raman 3', 'Priya Raman 2', 'Priya Raman 1']);
    expect(bed.session.state).toMatchObject({ loading: null, list: { next: null } });
    await bed.session.loadOlder('page');
    const limits = bed.api.requestsOf(CONSOLE_EVENTS_PATH).map(({ query }) => query.get('limit'));
    expect(limits).toEqual([null, '50']);
  });

  it('drops a page of older events if it does not follow the list any more', async () => {
    await bed.open(LIST);
    const release = bed.api.holdBack(CONSOLE_EVENTS_PATH);
    const older = bed.session.loadOlder('page');
    for (const number of [4, 5, 6]) bed.api.add(number, clientEvent(`Raman ${number}`));
    await bed.nextPoll();
    release();
    await older;
    expect(bed.names()).toEqual(['Priya Raman 6', 'Priya Raman 5']);
  });

  it('is selected by the clock of the relay', async () => {
    await bed.open(eventsWith({ when: 'last-hour' }));
    await bed.nextPoll();
    const froms = bed.api.requestsOf(CONSOLE_EVENTS_PATH).map(({ query }) => query.get('from'));
    expect(froms.at(-1)).toBe(String(5_000 - HOUR_MS));
  });

  it('is loaded completely, in pages of up to 500 events, even if a request fails', async () => {
    for (const number of [4, 5, 6, 7]) bed.api.add(number, clientEvent(`Raman ${number}`));
    await bed.open(LIST);
    const fetch = jest.mocked(globalThis.fetch);
    fetch.mockImplementationOnce(() =>
      Promise.resolve(new Response('', { status: 429, headers: { 'retry-after': '2' } })),
    );
    const all = bed.session.loadOlder('all');
    await until(() => bed.session.state.trouble === 'busy');
    expect(bed.session.state).toMatchObject({ loading: 'all', list: { next: 6 } });
    await bed.nextPoll(2_000);
    await all;
    expect(bed.session.state).toMatchObject({ loading: null, list: { next: null } });
    expect(bed.names()).toHaveLength(7);
    expect(bed.api.requestsOf(CONSOLE_EVENTS_PATH).at(-1)?.query.get('limit')).toBe('500');
  });

  it('is requested again without known contents', async () => {
    await bed.open(LIST);
    bed.api.add(4, clientEvent('Raman 4'));
    await bed.nextPoll();
    expect(bed.api.requestsOf(CONSOLE_EVENTS_PATH).map(({ query }) => query.get('known_up_to'))).toEqual([null, '3']);
    expect(bed.names()).toEqual(['Priya Raman 4', 'Priya Raman 3', 'Priya Raman 2']);
  });

  it('is requested with contents if an older event now meets the filters', async () => {
    bed.api.hidden.add(2);
    await bed.open(LIST);
    expect(bed.names()).toEqual(['Priya Raman 3', 'Priya Raman 1']);
    bed.api.hidden.delete(2);
    await bed.nextPoll();
    expect(bed.api.requestsOf(CONSOLE_EVENTS_PATH)).toHaveLength(3);
    expect(bed.names()).toContain('Priya Raman 2');
  });

  it('is empty for a Zap that has been turned off', async () => {
    bed.api.replaced.set(CONSOLE_EVENTS_PATH, () => new Response('{}', { status: 404 }));
    await bed.open(LIST);
    expect(bed.session.state).toMatchObject({ list: { events: [], next: null }, trouble: null });
  });

  it('ignores a page if the filters have changed in the meantime', async () => {
    await bed.open(LIST);
    let answer: (response: Response) => void = () => undefined;
    bed.api.replaced.set(CONSOLE_EVENTS_PATH, () => new Promise<Response>((resolve) => (answer = resolve)));
    const more = bed.session.loadOlder('page');
    expect(bed.session.state.loading).toBe('page');
    bed.api.replaced.clear();
    bed.session.show(OTHER_LIST);
    await until(() => bed.session.state.list !== null);
    answer(Response.json({ events: [], next: 17 }));
    await more;
    expect(bed.session.state.list?.next).not.toBe(17);
  });

  describe('of events that match filters', () => {
    const FILTERED = eventsWith({ outcome: 'failed' });
    const EMPTY = { events: [], newest: 90, searched_from: 5_000 };
    const befores = () => bed.api.requestsOf(CONSOLE_EVENTS_PATH).map(({ query }) => query.get('before'));
    /** Answers requests for events with pages that are empty, down to the position 10. */
    const searchInVain = (respond = (next: number | null) => Response.json({ ...EMPTY, next })) => {
      let next: number | null = 90;
      bed.api.replaced.set(CONSOLE_EVENTS_PATH, () => {
        next = next === null || next <= 10 ? null : next - 40;
        return respond(next);
      });
    };

    it('is searched by itself until there are enough events, or none are left', async () => {
      searchInVain();
      await bed.open(FILTERED);
      await until(() => bed.session.state.list?.next === null && bed.session.state.loading === null);
      expect(befores()).toEqual([null, '50', '10']);
    });

    it('is searched no further after a stop, until older events are asked for', async () => {
      searchInVain((next) => {
        if (next === 10) bed.session.stopLoading();
        return Response.json({ ...EMPTY, next });
      });
      await bed.open(FILTERED);
      await until(() => bed.session.state.list?.next === 10 && bed.session.state.loading === null);
      bed.api.replaced.set(CONSOLE_EVENTS_PATH, () => Response.json({ ...EMPTY, next: 50 }));
      await bed.nextPoll();
      expect(befores()).toEqual([null, '50', null]);
      expect(bed.session.state).toMatchObject({ loading: null, list: { next: 10 } });
      bed.api.replaced.set(CONSOLE_EVENTS_PATH, () => Response.json({ ...EMPTY, next: null }));
      await bed.session.loadOlder('page');
      expect(befores().at(-1)).toBe('10');
    });

    it('is not shown as loading if there are no older events', async () => {
      bed.api.replaced.set(CONSOLE_EVENTS_PATH, () => Response.json({ ...EMPTY, next: null }));
      await bed.open(FILTERED);
      await bed.nextPoll();
      expect(new Set(bed.loadings)).toEqual(new Set([null]));
    });

    it('has no older events before its first page', async () => {
      await bed.open(LIST);
      bed.session.show(FILTERED);
      expect(bed.session.state.list).toBeNull();
      await bed.session.loadOlder('all');
      expect(bed.session.state.loading).toBeNull();
      await until(() => bed.session.state.list !== null && bed.session.state.loading === null);
    });

    it('is searched by itself again after a stop that came too late', async () => {
      bed.api.replaced.set(CONSOLE_EVENTS_PATH, () => Response.json({ ...EMPTY, next: null }));
      await bed.open(FILTERED);
      bed.session.stopLoading();
      const pages = [{ ...EMPTY, newest: 200, next: 150 }];
      bed.api.replaced.set(CONSOLE_EVENTS_PATH, () => Response.json(pages.pop() ?? { ...EMPTY, next: null }));
      await bed.nextPoll();
      await until(() => befores().length === 3);
      expect(befores()).toEqual([null, null, '150']);
    });
  });

  it('is not requested while an event or the Zaps are shown', async () => {
    await bed.open(EVENT);
    await bed.nextPoll();
    expect(bed.api.requestsOf(CONSOLE_EVENTS_PATH)).toEqual([]);
    expect(bed.api.requestsOf(CONSOLE_OVERVIEW_PATH)).toHaveLength(2);
    bed.session.show(LIST);
    bed.session.show(LIST);
    await until(() => bed.session.state.list !== null);
    expect(bed.api.requestsOf(CONSOLE_EVENTS_PATH)).toHaveLength(1);
  });
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
    bed.session.show({ ...EVENT, filters: OTHER_LIST.filters });
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

  it('is dropped if another event has been opened in the meantime', async () => {
    let answer: (response: Response) => void = () => undefined;
    bed.api.replaced.set(path, () => new Promise<Response>((resolve) => (answer = resolve)));
    await bed.open(LIST);
    bed.session.show(EVENT);
    bed.session.show({ ...EVENT, event: 3 });
    await until(() => bed.session.state.detail?.kind === 'missing');
    answer(new Response('{}', { status: 404 }));
    await setImmediate();
    expect(bed.session.state.detail).toEqual({ kind: 'missing', number: 3 });
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
