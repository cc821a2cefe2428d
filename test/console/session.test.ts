/** The page's requests for the displayed part of the channel, and the failures of these requests. */

import './built-layouts.ts';

import { setImmediate } from 'node:timers/promises';

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { eventsWith, type PageState } from '../../console/page-state.ts';
import { RequestFailed } from '../../console/relay-client.ts';
import { HOUR_MS } from '../../console/times.ts';
import { until } from '../../relay/harness/until.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_LINK_PATH,
  CONSOLE_OVERVIEW_PATH,
  CONSOLE_SEND_AGAIN_PATH,
} from '../../wire/console-api.ts';
import { clientEvent } from './fake-api.ts';
import { EVENT, LIST, SessionBed } from './session-bed.ts';

const OTHER_LIST = eventsWith({ outcome: 'failed' });
const EVENT_PATH = `${CONSOLE_EVENTS_PATH}/2`;
const OTHER_EVENT: PageState = { ...LIST, event: 3 };

const bed = new SessionBed();

function addEvents(): void {
  for (const number of [1, 2, 3, 4]) bed.api.add(number, clientEvent(`Raman ${number}`));
}

/**
 * Polls, and holds back the response for a path. Returns a function that releases the response and resolves when the
 * page has handled it.
 */
async function pollWithout(path: string): Promise<() => Promise<void>> {
  const count = bed.api.requestsOf(path).length;
  const release = bed.api.holdBack(path);
  const polling = bed.session.poll();
  await until(() => bed.api.requestsOf(path).length > count);
  return () => {
    release();
    return polling;
  };
}

describe('failures', () => {
  it.each([
    ['unavailable', 500, CONSOLE_OVERVIEW_PATH],
    ['conflict', 409, CONSOLE_OVERVIEW_PATH],
    ['unavailable', 500, CONSOLE_EVENTS_PATH],
  ])('%s (%i for %s) is shown until the next success', async (reason, status, path) => {
    bed.api.replaced.set(path, () => new Response('', { status }));
    await bed.open(LIST);
    expect(bed.session.state).toMatchObject({ access: 'open', trouble: reason });
    bed.api.replaced.clear();
    await bed.nextPoll();
    expect(bed.session.state.trouble).toBeNull();
  });

  it.each([
    ['expired', 401],
    ['refused', 403],
  ] as const)('%s (%i) ends the access and the requests', async (access, status) => {
    await bed.open(LIST);
    bed.api.replaced.set(CONSOLE_OVERVIEW_PATH, () => new Response('', { status }));
    await bed.nextPoll();
    expect(bed.session.state.access).toBe(access);
    const { length } = bed.api.requests;
    await bed.session.poll();
    expect(bed.api.requests).toHaveLength(length);
  });

  it.each([401, 403])('of older events (%i) end the access and the loading', async (status) => {
    for (const number of [1, 2, 3]) bed.api.add(number, clientEvent('Raman'));
    await bed.open(LIST);
    bed.api.replaced.set(CONSOLE_EVENTS_PATH, () => new Response('', { status }));
    const loading = bed.session.loadOlder('all');
    await until(() => bed.session.state.access !== 'open');
    const { length } = bed.api.requests;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(bed.api.requests).toHaveLength(length);
    await loading;
  });

  it('waits as long as a busy relay requests, or 30 seconds by default', async () => {
    const answers = [
      new Response('', { status: 429, headers: { 'retry-after': '60' } }),
      new Response('', { status: 429 }),
    ];
    bed.api.replaced.set(CONSOLE_OVERVIEW_PATH, () => answers.shift() ?? Response.json({}));
    const overviews = () => bed.api.requestsOf(CONSOLE_OVERVIEW_PATH).length;
    await bed.open(LIST);
    expect(bed.session.state.trouble).toBe('busy');
    await bed.nextPoll(59_999);
    expect(overviews()).toBe(1);
    await bed.nextPoll(1);
    expect(overviews()).toBe(2);
    await bed.nextPoll(29_999);
    expect(overviews()).toBe(2);
    await bed.nextPoll(1);
    expect(overviews()).toBe(3);
  });

  it('of the link end all requests', async () => {
    bed.api.replaced.set(CONSOLE_LINK_PATH, () => new Response('', { status: 401 }));
    await bed.open(LIST);
    expect(bed.session.state.access).toBe('expired');
    expect([bed.api.requests.length, jest.getTimerCount()]).toEqual([1, 0]);
  });

  it('of the first request are repeated', async () => {
    bed.api.replaced.set(CONSOLE_LINK_PATH, () => Promise.reject(new TypeError('fetch failed')));
    await bed.open(LIST);
    expect(bed.session.state).toMatchObject({ access: 'opening', trouble: 'unavailable' });
    bed.api.replaced.clear();
    await bed.nextPoll();
    expect(bed.session.state).toMatchObject({ access: 'open', trouble: null });
  });

  it('of the page itself are reported and shown at once, and do not stop the polls', async () => {
    await bed.open(LIST);
    bed.api.replaced.set(CONSOLE_EVENTS_PATH, () => Response.json({}));
    await bed.nextPoll();
    expect(bed.defects).toEqual([expect.any(TypeError)]);
    expect(bed.troubles.at(-1)).toBe('defect');
    bed.api.replaced.clear();
    await bed.nextPoll();
    expect(bed.troubles.at(-1)).toBeNull();
  });
});

describe('polls', () => {
  it('stop while the page is hidden, and continue when it is shown', async () => {
    await bed.open(LIST);
    bed.isHidden = true;
    await bed.session.poll();
    expect(bed.api.requestsOf(CONSOLE_OVERVIEW_PATH)).toHaveLength(1);
    bed.isHidden = false;
    await Promise.all([bed.session.poll(), bed.session.poll()]);
    expect(bed.api.requestsOf(CONSOLE_OVERVIEW_PATH)).toHaveLength(2);
  });
});

describe('the list', () => {
  it('is selected by the clock of the relay', async () => {
    await bed.open(eventsWith({ when: 'last-hour' }));
    await bed.nextPoll();
    const froms = bed.api.requestsOf(CONSOLE_EVENTS_PATH).map(({ query }) => query.get('from'));
    expect(froms.at(-1)).toBe(String(5_000 - HOUR_MS));
  });

  it('is not requested while an event or the Zaps are shown', async () => {
    await bed.open(EVENT);
    await bed.nextPoll();
    bed.session.show({ ...LIST, view: 'zaps' });
    await bed.nextPoll();
    expect(bed.api.requestsOf(CONSOLE_EVENTS_PATH)).toEqual([]);
    expect(bed.api.requestsOf(CONSOLE_OVERVIEW_PATH).length).toBeGreaterThanOrEqual(3);
    bed.session.show(LIST);
    bed.session.show(LIST);
    await until(() => bed.session.state.list !== null);
    expect(bed.api.requestsOf(CONSOLE_EVENTS_PATH)).toHaveLength(1);
  });
});

describe('the opened event', () => {
  it('is dropped if another event has been opened in the meantime', async () => {
    let answer: (response: Response) => void = () => undefined;
    bed.api.replaced.set(EVENT_PATH, () => new Promise<Response>((resolve) => (answer = resolve)));
    await bed.open(LIST);
    bed.session.show(EVENT);
    bed.session.show(OTHER_EVENT);
    await until(() => bed.session.state.detail?.kind === 'missing');
    answer(new Response('{}', { status: 404 }));
    await setImmediate();
    expect(bed.session.state.detail).toEqual({ kind: 'missing', number: 3 });
  });
});

describe('a late response about an event', () => {
  beforeEach(addEvents);
  const shown = () => bed.session.state.detail;

  it.each(['loaded', 'missing'])('does not replace another event (%s)', async (kind) => {
    if (kind === 'missing') bed.api.replaced.set(EVENT_PATH, () => new Response('{}', { status: 404 }));
    const release = bed.api.holdBack(EVENT_PATH);
    const opening = bed.open(EVENT);
    await until(() => bed.api.requestsOf(EVENT_PATH).length === 1);
    bed.session.show(OTHER_EVENT);
    await until(() => shown()?.kind === 'loaded');
    release();
    await opening;
    expect(shown()).toMatchObject({ kind: 'loaded', number: 3 });
  });

  it('is no longer awaited', async () => {
    await bed.open(EVENT);
    await pollWithout(`${EVENT_PATH}/zaps`);
    const isAborted = () => bed.api.requestsOf(`${EVENT_PATH}/zaps`).map(({ signal }) => signal?.aborted);
    expect(isAborted()).toEqual([false]);
    bed.session.show(OTHER_EVENT);
    expect(isAborted()).toEqual([true]);
  });

  it('does not open the event again after it was closed', async () => {
    await bed.open(EVENT);
    const receive = await pollWithout(`${EVENT_PATH}/zaps`);
    bed.session.show(LIST);
    await until(() => bed.session.state.list !== null);
    await receive();
    expect(shown()).toBeNull();
  });
});

describe('a late page', () => {
  beforeEach(addEvents);

  /** Shows another list, whose requests find no events. */
  const showEmptyList = async () => {
    bed.api.replaced.set(CONSOLE_EVENTS_PATH, () =>
      Response.json({ events: [], next: null, newest: 4, searched_from: 1_000 }),
    );
    bed.session.show(OTHER_LIST);
    await until(() => bed.session.state.list !== null);
  };

  it('does not become part of the list of other filters', async () => {
    await bed.open(LIST);
    expect(bed.names()).toEqual(['Priya Raman 4', 'Priya Raman 3']);
    const receive = await pollWithout(CONSOLE_EVENTS_PATH);
    await showEmptyList();
    await receive();
    expect(bed.names()).toEqual([]);
  });

  it('is no longer awaited, unless only an event or the Zaps are shown in between', async () => {
    await bed.open(LIST);
    await pollWithout(CONSOLE_EVENTS_PATH);
    const isAborted = () => bed.api.requestsOf(CONSOLE_EVENTS_PATH).map(({ signal }) => signal?.aborted);
    bed.session.show(EVENT);
    bed.session.show({ ...LIST, view: 'zaps' });
    expect(isAborted()).toEqual([false, false]);
    bed.session.show(OTHER_LIST);
    expect(isAborted()).toEqual([true, true, false]);
  });

  it('shows no failure of its request', async () => {
    await bed.open(LIST);
    bed.api.replaced.set(CONSOLE_EVENTS_PATH, () => new Response('', { status: 500 }));
    const receive = await pollWithout(CONSOLE_EVENTS_PATH);
    await showEmptyList();
    await receive();
    expect(bed.session.state.trouble).toBeNull();
  });
});

describe('sending again', () => {
  it('requests the new state afterwards, but not after counting', async () => {
    await bed.open(LIST);
    const request = { number: 1, zap: 'zap' };
    await bed.session.sendAgain({ ...request, dry_run: true });
    expect(bed.api.requestsOf(CONSOLE_OVERVIEW_PATH)).toHaveLength(1);
    await bed.session.sendAgain({ ...request, dry_run: false });
    await until(() => bed.api.requestsOf(CONSOLE_OVERVIEW_PATH).length === 2);
    expect(bed.api.requestsOf(CONSOLE_SEND_AGAIN_PATH)).toHaveLength(2);
  });

  it('needs an open link, like retrying now', async () => {
    await bed.session.start(null);
    expect(bed.session.state.access).toBe('no-link');
    await bed.session.start('abc');
    expect(bed.session.state.access).toBe('expired');
    await expect(bed.session.sendAgain({ number: 1, zap: 'zap', dry_run: true })).rejects.toThrow(RequestFailed);
    await expect(bed.session.retry(null)).rejects.toThrow(RequestFailed);
  });
});

it('retrying now requests the new state afterwards', async () => {
  await bed.open(LIST);
  expect([await bed.session.retry('zap'), await bed.session.retry(null)]).toEqual([1, 2]);
  await until(() => bed.api.requestsOf(CONSOLE_OVERVIEW_PATH).length === 3);
});

it('knows the verdict that the connector stored with the link about a delivery', async () => {
  const verdicts = [true, false].map((is_valid) => ({ delivery_id: `${is_valid}`, received_at: 1, is_valid }));
  bed.api.link = { ...bed.api.link, verdicts };
  await bed.open(LIST);
  expect(['true', 'false', 'unknown'].map((id) => bed.session.verdictOn(id))).toEqual([true, false, undefined]);
});

it('the records have amounts in the currency of the link', async () => {
  const subject = { model: 'Invoice', id: 9, gross: '63.00' };
  bed.api.add(2, { events: [{ action: 'A', verb: 'A', timestamp: '2026-06-10T18:05:00Z', subject }] });
  bed.session.show(EVENT);
  await bed.session.start(`${bed.api.secret}.GBP`);
  expect(JSON.stringify(bed.session.state.detail)).toContain('"£63.00"');
});
