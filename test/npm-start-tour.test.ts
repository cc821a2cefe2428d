/** The tour of the demo, and the events that it sends. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createAccount } from '../local/api/seed.ts';
import { momentsOfPast } from '../local/tour/past.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_OVERVIEW_PATH,
  DEFAULT_LISTED_EVENTS,
  type EventListResponse,
  type EventResponse,
  type OverviewResponse,
} from '../wire/console-api.ts';
import { deriveLink } from '../wire/console-link.ts';
import { start, STARTUP_MS, type Run } from './npm-start.ts';

/** Expects that a text contains the patterns in this order. */
function expectInOrder(text: string, ...patterns: readonly RegExp[]): void {
  let rest = text;
  for (const pattern of patterns) {
    expect(rest).toMatch(pattern);
    rest = rest.slice(rest.search(pattern) + 1);
  }
}

describe('npm start -- tour', () => {
  let tour: Run;
  const chapter = (number: number): string => tour.output().split(/^\d\. .+\n=+\n|^See what happened/m)[number] ?? '';

  beforeAll(async () => {
    tour = start(['tour'], { PORT: '0' });
    await tour.printed('Invoice Paid accepts events again');
  }, 2 * STARTUP_MS);
  afterAll(() => {
    tour.child.kill();
  });

  it('shows two Zaps that receive their events from one URL of a relay', () => {
    expectInOrder(
      chapter(1),
      /^Two Zaps are on: Lesson Completed and Invoice Paid\.\nThe app registered its channel at the relay with its registration secret\.$/m,
      /to one URL:\nhttp:\/\/127\.0\.0\.1:\d+\/hooks\/[\w-]{49}\/[\da-f]{32}\n/,
      /^Sent the sample for Lesson Completed \(1,\d+ bytes\) to the relay: 202 Accepted\n\nLesson Completed \(lesson_completed\): the Zap runs with 1 record\n\n {2}Lesson Topic +Quadratic/m,
      /^\d+ of \d+ fields\. To see all of them, start with --all\.$/m,
      /^Sent the sample for Invoice Paid \(1,\d+ bytes\) to the relay: 202 Accepted\n\nInvoice Paid /m,
    );
    expect(tour.output()).not.toMatch(/RSSMEM|Warning/);
    expect(tour.errors()).toBe('');
  });

  it('shows what has changed when a lesson is moved and a client is renamed', () => {
    expectInOrder(
      chapter(2),
      /^Two more Zaps are on: Lesson Updated and Client Updated\.\n/m,
      /^Sent the events before and after the change to the relay: 202 Accepted, 202 Accepted\n\nLesson Updated \(lesson_updated\): the Zap runs with 1 record\n\nChanges since the previous event about the same record:\n/m,
      /^ {2}Lesson Start: Wed 10 Jun 2026, 17:00 → Thu 11 Jun 2026, 18:00\n/m,
      /^ {2}Lesson Finish: Wed 10 Jun 2026, 18:30 → Thu 11 Jun 2026, 19:30\n\n {2}\w/m,
      /^Client Updated \(client_updated\): the Zap runs with 1 record\n\n/m,
      /^ {2}Client Last Name: Raman → Patel\n\n {2}\w/m,
    );
  });

  it("shows a trigger as in Zapier's editor, with an account of fictitious people", () => {
    expectInOrder(
      chapter(3),
      /^Trigger: Tutor Label Added \(tutor_label_added\)\nConnection: Bristol Branch \(Bright Sparks Tuition\)\n/,
      /^ {2}Status: last webhook received less than a minute ago\.$/m,
      /^Label: Weekend, Sibling discount, .* \(120 choices\)$/m,
      /^Skip When Changes Are Unknown: true or false$/m,
      /^Time Zone: Europe\/London \(the default\)$/m,
      /^Custom fields: Teaching Experience, Teaching Experience \(As Sent\), Date of Birth, /m,
      /^Test records: 1\. The first one:$/m,
      /^ {2}Tutor Name +Hannah Whitlock$/m,
    );
  });

  it('shows a Zap that answers an enquiry, and the webhook of what it has created', () => {
    expectInOrder(
      chapter(4),
      /^Zoë Marsh fills in the form on the agency's website: enquiry 21001\n\nNew Enquiry \(client_enquiry\): the Zap runs with 1 record\n\n {2}/m,
      /^ {2}Client Name +Zoë Marsh\n/m,
      /^Find or Create Client finds the record 306\. It sends:\n {2}GET \/api\/clients\/\?user__email=zoe\.marsh%40example\.com\n/m,
      /^Find Student finds the record 508\. It sends:\n {2}GET \/api\/clients\/306\/\n/m,
      /^Find or Create Job creates the record 710\. It sends:\n( {2}GET \/api\/services\/\n){2} {2}POST \/api\/services\/ \{"name": "Trial lessons",/m,
      /^Create Lesson creates the record (\d+)\. It sends:\n {2}GET \/api\/services\/710\/\n {2}POST \/api\/appointments\/ \{.*"rcras": \[\{"recipient": 508\}\].*\n {2}GET \/api\/appointments\/\1\/\n/m,
      /^New Lesson \(lesson_created\): the Zap runs with 1 record\n\n {2}Lesson Topic +First lesson\n/m,
      /^ {2}Student Names +Ella Marsh\n/m,
      /^ {2}Job Name +Trial lessons\n/m,
    );
  });

  it("shows that the relay's files, which can be searched, contain no name", () => {
    const section = chapter(5);
    expect(section).toMatch(/The relay received \d+ names, addresses and topics, such as "\w/);
    expect(section).toMatch(/^ {2}relay\.sqlite-wal +\d+ kB {2}contains none of them$/m);
    const [, folder = '', files = ''] = /^ {2}cd (.+)\n {2}strings (.+)$/m.exec(section) ?? [];
    const contents = files.split(' ').map((name) => readFileSync(join(folder, name)));
    expect(contents.length).toBeGreaterThanOrEqual(2);
    for (const name of ['Raman', 'Patel', 'Whitlock', 'Zoë Marsh', 'zoe.marsh@example.com']) {
      expect(contents.filter((content) => content.includes(name))).toEqual([]);
    }
  });

  it('prints a link that opens the data of the console', async () => {
    const [, origin = '', secret = ''] =
      /^See what happened: (http:\/\/127\.0\.0\.1:\d+)\/console#([\w-]{43})\.GBP$/m.exec(tour.output()) ?? [];
    const { accessToken } = await deriveLink(secret);
    const read = async (path: string): Promise<unknown> => {
      const response = await fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${accessToken}` } });
      expect(response.status).toBe(200);
      return response.json();
    };
    const { zaps, hours } = (await read(CONSOLE_OVERVIEW_PATH)) as OverviewResponse;
    expect(zaps.map(({ description }) => description?.trigger)).toContain('Invoice Paid');
    expect(hours.length).toBeGreaterThan(8);
    const { events } = (await read(CONSOLE_EVENTS_PATH)) as EventListResponse;
    expect(events.length).toBeGreaterThan(DEFAULT_LISTED_EVENTS / 2);
    const { events: refused } = (await read(`${CONSOLE_EVENTS_PATH}?outcome=given_up`)) as EventListResponse;
    expect(refused).toHaveLength(1);
    const { zaps: fates } = (await read(`${CONSOLE_EVENTS_PATH}/${refused[0]?.number}`)) as EventResponse;
    expect(fates[0]?.attempts.map(({ failure }) => failure)).toEqual(['HTTP 400', 'HTTP 400', 'HTTP 400']);
  });

  it('tells a Zap when the Zap for paid invoices fails, and when it recovers', () => {
    expectInOrder(
      tour.output(),
      / {2}A notice of the relay, Invoice Paid has not accepted events for less than .+ → Delivery Problem runs\n/,
      / {2}Marked an Invoice as paid, INV-162 → Invoice Paid runs/,
      / {2}A notice of the relay, Invoice Paid accepts events again, after less than .+ → Delivery Problem runs\n/,
    );
  });

  it('prints a line for each event of the day with its outcome and its changes', () => {
    const [, day = ''] = tour.output().split('-- send invoice_paid\n');
    const lines = day.trim().split('\n');
    expect(lines.filter((line) => !/^\d\d:\d\d:\d\d {2}\S.* → \S/.test(line))).toEqual([]);
    expectInOrder(
      day,
      / {2}Raised an Invoice, INV-162 → no Zap wants this event\n/,
      / {2}Zapier polled TutorCruncher, Sight-reading → Report Missing runs\n/,
      / {2}Marked an Invoice as paid, INV-162 → Invoice Paid responds with status 500\n/,
      / {2}Edited a Lesson, Fractions → Lesson Updated runs \(Lesson Start: .+ → .+; Lesson Finish: /,
      / {2}Marked an Invoice as paid, INV-162 → Invoice Paid responds with status 500\n/,
    );
    expect(day.match(/Report Missing runs/g)).toHaveLength(1);
  });
});

describe('the events of the past', () => {
  it.each(['2026-06-10T00:03:00', '2026-06-10T12:00:00', '2026-03-29T23:59:00'])(
    'precede %s by at most 72 hours',
    (text) => {
      const now = new Date(text).getTime();
      const times = momentsOfPast(createAccount(), now).map(({ at }) => at);
      expect(times.length).toBeGreaterThan(12);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      expect(Math.min(...times)).toBeGreaterThan(now - 72 * 3_600_000);
      expect(Math.max(...times)).toBeLessThan(now);
    },
  );
});
