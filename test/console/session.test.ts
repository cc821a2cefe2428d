/** The requests that the page makes, and the data that it keeps. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { Session } from '../../console/session.ts';
import type { Shown } from '../../console/session-state.ts';
import { RequestFailed } from '../../console/relay-client.ts';
import { until } from '../../relay/harness/until.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_LINK_PATH,
  CONSOLE_OVERVIEW_PATH,
  CONSOLE_SEND_AGAIN_PATH,
  type EventAtZapInDetail,
} from '../../wire/console-api.ts';
import { clientEvent, deliveryId, FakeApi } from './fake-api.ts';

let api: FakeApi;
let session: Session;
let isHidden: boolean;
const defects: unknown[] = [];
let onChange: () => void;

const LIST: Shown = { hasList: true, conditionsKey: '', conditions: () => ({}), event: null };
const EVENT: Shown = { ...LIST, hasList: false, event: 2 };

beforeEach(async () => {
  // The responses come from memory, so polls finish without timers.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance', 'Date'] });
  api = await FakeApi.create();
  isHidden = false;
  onChange = () => undefined;
  defects.length = 0;
  session = new Session({
    onChange: () => {
      onChange();
    },
    isHidden: () => isHidden,
    onDefect: (error) => defects.push(error),
  });
});
afterEach(() => {
  session.stop();
  api.restore();
  jest.useRealTimers();
});

/** Opens the link and shows a part of the channel. */
async function open(shown: Shown): Promise<void> {
  session.show(shown);
  await session.start(api.derived);
  await api.settled();
}

/** Advances the clock to the next poll. */
async function nextPoll(milliseconds = 5_000): Promise<void> {
  jest.advanceTimersByTime(milliseconds);
  await api.settled();
}

const namesIn = (): string[] =>
  [...session.state.names.values()].flatMap((names) =>
    names.kind === 'opened' ? names.events.map(({ name }) => name) : names.kind,
  );

describe('the list', () => {
  beforeEach(() => {
    for (const number of [1, 2, 3]) api.add(number, clientEvent(`Raman ${number}`));
  });

  it('contains the names in the events, and keeps no contents', async () => {
    await open(LIST);
    expect(namesIn()).toEqual(['Priya Raman 3', 'Priya Raman 2']);
    expect(JSON.stringify(session.state.list)).not.toMatch(/"sealed":"/);
    await session.loadOlder('page');
    expect(namesIn()).toEqual(['Priya Raman 3', 'Priya Raman 2', 'Priya Raman 1']);
    expect(session.state).toMatchObject({ loading: null, list: { next: null } });
    await session.loadOlder('page');
    expect(api.requestsOf(CONSOLE_EVENTS_PATH)).toHaveLength(2);
  });

  it('is loaded completely, in pages of up to 500 events, even if a request fails', async () => {
    for (const number of [4, 5, 6, 7]) api.add(number, clientEvent(`Raman ${number}`));
    await open(LIST);
    const fetch = jest.mocked(globalThis.fetch);
    fetch.mockImplementationOnce(() =>
      Promise.resolve(new Response('', { status: 429, headers: { 'retry-after': '2' } })),
    );
    const all = session.loadOlder('all');
    await api.settled();
    expect(session.state).toMatchObject({ loading: 'all', trouble: 'busy', list: { next: 6 } });
    await nextPoll(2_000);
    await all;
    expect(session.state).toMatchObject({ loading: null, list: { next: null } });
    expect(namesIn()).toHaveLength(7);
    expect(api.requestsOf(CONSOLE_EVENTS_PATH).at(-1)?.query.get('limit')).toBe('500');
  });

  it('is loaded until the loading is stopped, which ends after the current page', async () => {
    for (const number of [4, 5, 6, 7]) api.add(number, clientEvent(`Raman ${number}`));
    await open(LIST);
    const all = session.loadOlder('all');
    session.stopLoading();
    await all;
    expect(session.state).toMatchObject({ loading: null, list: { next: 4 } });
    session.stopLoading();
    expect(session.state.loading).toBeNull();
  });

  it('is requested again without known contents', async () => {
    await open(LIST);
    api.add(4, clientEvent('Raman 4'));
    await nextPoll();
    expect(api.requestsOf(CONSOLE_EVENTS_PATH).map(({ query }) => query.get('known_up_to'))).toEqual([null, '3']);
    expect(namesIn()).toEqual(['Priya Raman 4', 'Priya Raman 3', 'Priya Raman 2']);
  });

  it('is requested with contents if an older event now meets the conditions', async () => {
    api.hidden.add(2);
    await open(LIST);
    expect(namesIn()).toEqual(['Priya Raman 3', 'Priya Raman 1']);
    api.hidden.delete(2);
    await nextPoll();
    expect(api.requestsOf(CONSOLE_EVENTS_PATH)).toHaveLength(3);
    expect(namesIn()).toContain('Priya Raman 2');
  });

  it('keeps only the names of the listed events', async () => {
    await open(LIST);
    for (const number of [2, 3]) api.hidden.add(number);
    session.show({ ...LIST, conditionsKey: 'others' });
    expect(session.state).toMatchObject({ list: null, names: new Map() });
    await api.settled();
    expect(namesIn()).toEqual(['Priya Raman 1']);
  });

  it('is empty for a Zap that has been turned off', async () => {
    api.replaced.set(CONSOLE_EVENTS_PATH, () => new Response('{}', { status: 404 }));
    await open(LIST);
    expect(session.state).toMatchObject({ list: { events: [], next: null }, trouble: null });
  });

  it('ignores a page if the conditions have changed in the meantime', async () => {
    await open(LIST);
    let answer: (response: Response) => void = () => undefined;
    api.replaced.set(CONSOLE_EVENTS_PATH, () => new Promise<Response>((resolve) => (answer = resolve)));
    const more = session.loadOlder('page');
    expect(session.state.loading).toBe('page');
    await api.settled();
    api.replaced.clear();
    session.show({ ...LIST, conditionsKey: 'others' });
    await api.settled();
    answer(Response.json({ events: [], next: 17 }));
    await more;
    expect(session.state.list?.next).toBe(2);
  });

  it('is not requested while an event or the Zaps are shown', async () => {
    await open(EVENT);
    await nextPoll();
    expect(api.requestsOf(CONSOLE_EVENTS_PATH)).toEqual([]);
    expect(api.requestsOf(CONSOLE_OVERVIEW_PATH)).toHaveLength(2);
    session.show(LIST);
    session.show(LIST);
    await api.settled();
    expect(api.requestsOf(CONSOLE_EVENTS_PATH)).toHaveLength(1);
  });

  it('marks events that are sealed with a newer key', async () => {
    api.add(4, clientEvent('Novak'), '00000000-0000-4000-8000-0000000000d1');
    await open(LIST);
    expect(namesIn()).toEqual(['newer-key', 'Priya Raman 3']);
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
  };

  it('is loaded once, and then only its outcomes are requested', async () => {
    api.add(2, clientEvent('Raman'));
    await open(EVENT);
    expect(session.state.detail).toMatchObject({ kind: 'loaded', number: 2, receivedAt: 2_000, zaps: [] });
    api.zaps = [atZap];
    await nextPoll();
    await nextPoll();
    expect(session.state.detail).toMatchObject({ kind: 'loaded', zaps: [atZap], delivery: { kind: 'opened' } });
    expect(api.requestsOf(path)).toHaveLength(1);
    expect(api.requestsOf(`${path}/zaps`)).toHaveLength(2);
  });

  it('comes with the responses to failed attempts, except those that cannot be opened', async () => {
    api.add(2, clientEvent('Raman'));
    const texts = async (...responses: readonly (string | null)[]) => {
      const attempt = { number: 1, at: 1, failure: 'HTTP 500', failure_text: '', duration_ms: 5, is_sent_again: false };
      api.zaps = [{ ...atZap, attempts: responses.map((response) => ({ ...attempt, response })) }];
      await nextPoll();
      const { detail } = session.state;
      return detail?.kind === 'loaded' ? [...detail.responses.values()] : detail;
    };
    await open(EVENT);
    const sealed = api.sealedResponse(2, 'Try later');
    expect(await texts(null, sealed, api.sealedResponse(3, 'Of another event'))).toEqual(['Try later', '']);
    expect(await texts(sealed, api.sealedResponse(2, 'Busy'))).toEqual(['Try later', '', 'Busy']);
  });

  it('has no responses if the link does not contain its key', async () => {
    api.add(2, clientEvent('Novak'), '00000000-0000-4000-8000-0000000000d1');
    await open(EVENT);
    expect(session.state.detail).toMatchObject({ kind: 'loaded', responses: new Map() });
  });

  it('has a verdict on its signature if the connector has checked it', async () => {
    const verdict = { delivery_id: deliveryId(2), received_at: 2_000, is_valid: false };
    api.link = { ...api.link, verdict, verdicts: [verdict] };
    await open(EVENT);
    expect([1, 2].map((number) => session.verdictOn(deliveryId(number)))).toEqual([undefined, false]);
  });

  it('is dropped when it is closed', async () => {
    api.add(2, clientEvent('Raman'));
    await open(EVENT);
    session.show({ ...EVENT, event: null });
    expect(session.state.detail).toBeNull();
  });

  it('is dropped if another event has been opened in the meantime', async () => {
    let answer: (response: Response) => void = () => undefined;
    api.replaced.set(path, () => new Promise<Response>((resolve) => (answer = resolve)));
    await open({ ...EVENT, event: null });
    session.show(EVENT);
    await api.settled();
    session.show({ ...EVENT, event: 3 });
    answer(new Response('{}', { status: 404 }));
    await api.settled();
    expect(session.state.detail).toEqual({ kind: 'missing', number: 3 });
  });

  it('is missing if it is no longer stored', async () => {
    await open(EVENT);
    expect(session.state).toMatchObject({ detail: { kind: 'missing', number: 2 }, trouble: null });
  });
});

describe('failures', () => {
  it.each([
    ['unavailable', 500],
    ['conflict', 409],
  ])('%s (%i) is shown until the next success', async (reason, status) => {
    api.replaced.set(CONSOLE_OVERVIEW_PATH, () => new Response('', { status }));
    await open(LIST);
    expect(session.state).toMatchObject({ access: 'open', trouble: reason });
    api.replaced.clear();
    await nextPoll();
    expect(session.state.trouble).toBeNull();
  });

  it.each([
    ['expired', 401],
    ['refused', 403],
  ] as const)('%s (%i) ends the access and the requests', async (access, status) => {
    await open(LIST);
    api.replaced.set(CONSOLE_OVERVIEW_PATH, () => new Response('', { status }));
    await nextPoll();
    expect(session.state.access).toBe(access);
    const { length } = api.requests;
    await nextPoll();
    expect(api.requests).toHaveLength(length);
  });

  it('waits as long as a busy relay requests, or 30 seconds by default', async () => {
    const answers = [
      new Response('', { status: 429, headers: { 'retry-after': '60' } }),
      new Response('', { status: 429 }),
    ];
    api.replaced.set(CONSOLE_OVERVIEW_PATH, () => answers.shift() ?? Response.json({}));
    const overviews = () => api.requestsOf(CONSOLE_OVERVIEW_PATH).length;
    await open(LIST);
    expect(session.state.trouble).toBe('busy');
    await nextPoll(59_999);
    expect(overviews()).toBe(1);
    await nextPoll(1);
    expect(overviews()).toBe(2);
    await nextPoll(29_999);
    expect(overviews()).toBe(2);
    await nextPoll(1);
    expect(overviews()).toBe(3);
  });

  it('of the first request are repeated', async () => {
    api.replaced.set(CONSOLE_LINK_PATH, () => Promise.reject(new TypeError('fetch failed')));
    await open(LIST);
    expect(session.state).toMatchObject({ access: 'opening', trouble: 'unavailable' });
    api.replaced.clear();
    await nextPoll();
    expect(session.state).toMatchObject({ access: 'open', trouble: null });
  });

  it('of the page itself are reported and shown at once, and do not stop the polls', async () => {
    const error = new Error('The page has a defect.');
    let hasDefect = false;
    const conditions = () => {
      if (hasDefect) throw error;
      return {};
    };
    await open({ ...LIST, conditions });
    hasDefect = true;
    const shown: unknown[] = [];
    onChange = () => shown.push(session.state.trouble);
    await nextPoll();
    expect(defects).toEqual([error]);
    expect(shown.at(-1)).toBe('defect');
    hasDefect = false;
    await nextPoll();
    expect(shown.at(-1)).toBeNull();
  });
});

describe('polls', () => {
  it('stop while the page is hidden, and continue when it is shown', async () => {
    await open(LIST);
    isHidden = true;
    await nextPoll();
    await nextPoll();
    expect(api.requestsOf(CONSOLE_OVERVIEW_PATH)).toHaveLength(1);
    isHidden = false;
    await Promise.all([session.poll(), session.poll()]);
    expect(api.requestsOf(CONSOLE_OVERVIEW_PATH)).toHaveLength(2);
  });

  it('end with the session', async () => {
    await open(LIST);
    session.stop();
    await nextPoll();
    expect(api.requestsOf(CONSOLE_OVERVIEW_PATH)).toHaveLength(1);
    session.deny('expired');
    expect(session.state.access).toBe('open');
  });
});

describe('sending again', () => {
  it('requests the new state afterwards, but not after counting', async () => {
    await open(LIST);
    const request = { number: 1, zap: 'zap' };
    await session.sendAgain({ ...request, dry_run: true });
    await api.settled();
    expect(api.requestsOf(CONSOLE_OVERVIEW_PATH)).toHaveLength(1);
    await session.sendAgain({ ...request, dry_run: false });
    await until(() => api.requestsOf(CONSOLE_OVERVIEW_PATH).length === 2);
    expect(api.requestsOf(CONSOLE_SEND_AGAIN_PATH)).toHaveLength(2);
  });

  it('needs an open link', async () => {
    session.deny('no-link');
    await expect(session.sendAgain({ number: 1, zap: 'zap', dry_run: true })).rejects.toThrow(RequestFailed);
  });
});

describe('retrying now', () => {
  it('requests the new state afterwards', async () => {
    await open(LIST);
    expect([await session.retry('zap'), await session.retry(null)]).toEqual([1, 2]);
    await until(() => api.requestsOf(CONSOLE_OVERVIEW_PATH).length === 3);
  });

  it('needs an open link', async () => {
    session.deny('no-link');
    await expect(session.retry(null)).rejects.toThrow(RequestFailed);
  });
});
