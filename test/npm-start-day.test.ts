/** The day that `npm start` sends after the demonstration. */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { dayAt } from '../local/day/day.ts';
import { pastAt } from '../local/day/past.ts';
import { Trouble } from '../local/day/trouble.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { selectsAction } from '../wire/action-filter.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_OVERVIEW_PATH,
  MAX_LISTED_EVENTS,
  type EventListResponse,
  type EventResponse,
  type OverviewResponse,
} from '../wire/console-api.ts';
import { deriveLink } from '../wire/console-link.ts';
import { DELIVERY_ID_HEADER } from '../wire/relay-api.ts';
import { start, STARTUP_MS, type Run } from './npm-start.ts';

describe("npm start, after the demonstration's end", () => {
  let zapier: Run;
  beforeAll(async () => {
    zapier = start([], { PORT: '0' });
    await zapier.printed('INV-212 → Invoice Paid runs');
  }, 2 * STARTUP_MS);
  afterAll(() => {
    zapier.child.kill();
  });

  it('prints a link that opens the data of the console', async () => {
    const [, origin = '', secret = ''] =
      /^See what happened: (http:\/\/127\.0\.0\.1:\d+)\/console#([\w-]{43})$/m.exec(zapier.output()) ?? [];
    const { accessToken } = await deriveLink(secret);
    const read = async (path: string): Promise<unknown> => {
      const response = await fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${accessToken}` } });
      expect(response.status).toBe(200);
      return response.json();
    };
    const { zaps, hours } = (await read(CONSOLE_OVERVIEW_PATH)) as OverviewResponse;
    expect(zaps.map(({ description }) => description?.trigger)).toContain('Invoice Paid');
    expect(hours.length).toBeGreaterThan(12);
    const { events } = (await read(CONSOLE_EVENTS_PATH)) as EventListResponse;
    expect(events).toHaveLength(MAX_LISTED_EVENTS);
    const { events: refused } = (await read(`${CONSOLE_EVENTS_PATH}?outcome=given_up`)) as EventListResponse;
    expect(refused).toHaveLength(1);
    const { zaps: fates } = (await read(`${CONSOLE_EVENTS_PATH}/${refused[0]?.number}`)) as EventResponse;
    expect(fates[0]?.attempts.map(({ failure }) => failure)).toEqual(['HTTP 400', 'HTTP 400', 'HTTP 400']);
  });

  it('prints a line for each event with its outcome and its changes', () => {
    const [, day = ''] = zapier.output().split('-- send invoice_paid\n');
    const lines = day.trim().split('\n');
    expect(lines.filter((line) => !/^\d\d:\d\d:\d\d {2}\S.* → \S/.test(line))).toEqual([]);
    expect(day).toMatch(/ {2}Zapier polled TutorCruncher, Sight-reading → Report Missing runs\n/);
    expect(day).toMatch(/ {2}Raised an Invoice, INV-212 → no Zap wants this event\n/);
    expect(day.match(/ {2}Marked an Invoice as paid, INV-212 → Invoice Paid responds with status 500\n/g)).toHaveLength(
      2,
    );
    expect(day).toMatch(
      / {2}Edited a Lesson, Fractions → Lesson Updated runs \(Lesson Start: .+ → .+; Lesson Finish: /,
    );
  });
});

describe('the events of the past', () => {
  it.each(['2026-06-10T00:03:00', '2026-06-10T12:00:00', '2026-03-29T23:59:00'])(
    'precede %s by at most 72 hours',
    (text) => {
      const now = new Date(text).getTime();
      const times = pastAt(now).map(({ at }) => at);
      expect(times.length).toBeGreaterThan(16);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      expect(Math.min(...times)).toBeGreaterThan(now - 72 * 3_600_000);
      expect(Math.max(...times)).toBeLessThan(now);
    },
  );
});

describe('the events of the branch', () => {
  it('have actions that exactly one trigger about their records selects', () => {
    const now = Date.parse('2026-06-10T12:00:00Z');
    for (const { record, change } of [...pastAt(now).flatMap(({ events }) => events), ...dayAt(now)]) {
      const found = webhookTriggers.filter(
        ({ filter }) => filter.object === record.object.word && selectsAction(filter.actions, change.action),
      );
      expect([change.action, found.length]).toEqual([change.action, 1]);
    }
  });
});

describe('the trouble of the day', () => {
  const attempt = (trouble: Trouble, id: string, trigger = 'invoice_paid') =>
    trouble.statusFor(trigger, { headers: { [DELIVERY_ID_HEADER]: id } });

  it('is planned for the attempts of the next delivery', () => {
    const trouble = new Trouble();
    expect(attempt(trouble, 'before')).toBeNull();
    trouble.plan([500, 400]);
    expect(['a', 'b', 'a', 'b', 'a'].map((id) => attempt(trouble, id))).toEqual([500, null, 400, null, null]);
  });

  it('spares other Zaps and requests that do not come from the relay', () => {
    const trouble = new Trouble();
    trouble.plan([500]);
    expect(attempt(trouble, 'a', 'lesson_completed')).toBeNull();
    expect(trouble.statusFor('invoice_paid', { headers: {} })).toBeNull();
    expect(attempt(trouble, 'a')).toBe(500);
  });
});
