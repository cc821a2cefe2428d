/** Responses that arrive after the page has moved on to another part of the channel. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { eventsWith, type PageState } from '../../../console/page-state.ts';
import { until } from '../../../relay/harness/until.ts';
import { CONSOLE_EVENTS_PATH } from '../../../wire/console-api.ts';
import { clientEvent } from '../fake-api.ts';
import { EVENT, LIST, SessionBed } from '../session-bed.ts';

const OTHER_LIST = eventsWith({ outcome: 'failed' });
const EVENT_PATH = `${CONSOLE_EVENTS_PATH}/2`;
const OTHER_EVENT: PageState = { ...LIST, event: 3 };

const bed = new SessionBed();
const session = () => bed.session.state;

beforeEach(() => {
  for (const number of [1, 2, 3, 4]) bed.api.add(number, clientEvent(`Raman ${number}`));
});

/**
 * Polls, and holds back the response to a path. Returns a function that sends it and ends when the page has handled it.
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

describe('a late response about an event', () => {
  const shown = () => session().detail;

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
    await until(() => session().list !== null);
    await receive();
    expect(shown()).toBeNull();
  });
});

describe('a late page', () => {
  /** Shows another list, which is empty. */
  const showEmptyList = async () => {
    bed.api.replaced.set(CONSOLE_EVENTS_PATH, () =>
      Response.json({ events: [], next: null, newest: 4, searched_from: 1_000 }),
    );
    bed.session.show(OTHER_LIST);
    await until(() => session().list !== null);
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
    expect(session().trouble).toBeNull();
  });
});
