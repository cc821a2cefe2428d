/** The loading of the event list: its first page, older events, and events that meet filters. */

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { eventsWith } from '../../console/page-state.ts';
import { until } from '../../relay/harness/until.ts';
import { CONSOLE_EVENTS_PATH } from '../../wire/console-api.ts';
import { clientEvent } from './fake-api.ts';
import { LIST, SessionBed } from './session-bed.ts';

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

  it('ends the loading of all events if the filters change', async () => {
    for (const number of [4, 5, 6, 7]) bed.api.add(number, clientEvent(`Raman ${number}`));
    await bed.open(LIST);
    const release = bed.api.holdBack(CONSOLE_EVENTS_PATH);
    const all = bed.session.loadOlder('all');
    bed.session.show(OTHER_LIST);
    release();
    await all;
    await until(() => bed.session.state.list !== null);
    const ofAll = bed.api.requestsOf(CONSOLE_EVENTS_PATH).filter(({ query }) => query.get('limit') === '500');
    expect(ofAll).toHaveLength(1);
  });

  describe('of events that match filters', () => {
    const FILTERED = eventsWith({ outcome: 'failed' });
    const EMPTY = { events: [], newest: 90, searched_from: 5_000 };
    const befores = () => bed.api.requestsOf(CONSOLE_EVENTS_PATH).map(({ query }) => query.get('before'));
    /** Makes the relay find no events, page after page, down to position 10. */
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

    it('is searched on after a stop if older events are asked for, and until there are enough events', async () => {
      await bed.open(FILTERED);
      bed.session.stopLoading();
      const event = bed.api.add(1, clientEvent('Raman'));
      const nexts = [60, 40, 20, null];
      bed.api.replaced.set(CONSOLE_EVENTS_PATH, () => {
        const next = nexts.shift() ?? null;
        const number = next ?? 10;
        const events = [{ number, is_repeat: false, outcome: 'failed', zaps: [], envelope: event }];
        return Response.json({ ...EMPTY, newest: 200, events, next });
      });
      await bed.nextPoll();
      expect(bed.session.state).toMatchObject({ loading: null, list: { next: 60 } });
      await bed.session.loadOlder('page');
      expect(bed.session.state.list?.events.map(({ number }) => number)).toEqual([60, 40, 20, 10]);
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
});
