/** The examples of `docs/examples.md` with searches for many, against the stand-in for TutorCruncher. */

import { describe, expect, it, jest } from '@jest/globals';

import { spanOfPeriod } from '../../src/inputs/period.ts';
import { timeZoneNamed, UTC } from '../../src/record/time-zone.ts';
import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { UNUSED_RELAY } from '../support/sealed-envelope.ts';

jest.unstable_mockModule('../../src/hooks/relay-url.ts', () => ({ RELAY_URL: UNUSED_RELAY }));
jest.resetModules();
const { triggerOf } = await import('../../local/hook-calls.ts');
const { runExample } = await import('./examples.ts');
const { failureOf } = await import('../support/steps.ts');

const tutorCruncher = useTutorCruncher();
const HOUR = 3_600_000;
const TUTORS = { 402: 'Hannah', 406: 'Chloé' };

/** Requests that check filters, which a connection makes once a day. */
const CHECK = /2147483647|no-such-status|McMurdo/;
const requestsOf = (path: string) => {
  const all = tutorCruncher.requests().filter((request) => request.path.startsWith(`/api/${path}/?`));
  const checks = new Set(all.filter((request) => CHECK.test(request.path)).map((request) => request.path));
  return { reads: all.filter((request) => !CHECK.test(request.path)).length, checks: checks.size };
};

/** Adds a lesson of a tutor. */
function addLesson(contractor: number, start: number, changes: JsonObject = {}): void {
  tutorCruncher.now.account.add('appointments', {
    start: new Date(start).toISOString(),
    finish: new Date(start + 1.5 * HOUR).toISOString(),
    topic: 'Fractions',
    status: 'planned',
    service: { id: 705, name: 'GCSE Maths for Leo' },
    rcras: [],
    cjas: [{ contractor, name: 'x' }],
    ...changes,
  });
}

const nextMonday = (): number =>
  spanOfPeriod('next_week', Date.now(), timeZoneNamed('Europe/London') ?? UTC).from ?? NaN;

describe('send each tutor the timetable of next week', () => {
  const EXAMPLE = 'Example: send each tutor the timetable of next week';

  it('sends the lessons of each tutor who has some, with one request for each tutor', async () => {
    const { account } = tutorCruncher.now;
    account.addList('appointments', []);
    addLesson(402, nextMonday() + 40 * HOUR);
    addLesson(402, nextMonday() + 17 * HOUR);
    addLesson(402, nextMonday() + 18 * HOUR, { status: 'cancelled' });
    addLesson(402, nextMonday() - HOUR);
    addLesson(403, nextMonday() + 17 * HOUR);
    const { iterations } = await runExample(EXAMPLE);
    const emails = iterations.map((steps) => steps.get('5'));
    expect(emails).toEqual([
      undefined,
      {
        To: 'hannah.whitlock@example.com',
        Subject: 'Your lessons next week',
        Body: expect.stringMatching(
          /^Hello Hannah, you have 2 lessons next week, 3 hours: Mon \d+ \w{3}, 17:00 to 18:30: Fractions, GCSE Maths for Leo\nTue /,
        ),
      },
    ]);
    expect(requestsOf('contractors')).toEqual({ reads: 1, checks: 1 });
    expect(requestsOf('appointments')).toEqual({ reads: Object.keys(TUTORS).length, checks: 1 });
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('list unconfirmed lessons for each tutor', () => {
  it('lists the planned lessons that have started', async () => {
    tutorCruncher.now.account.addList('appointments', []);
    addLesson(406, Date.now() - 30 * HOUR);
    addLesson(406, Date.now() - 24 * HOUR, { status: 'complete' });
    addLesson(406, Date.now() + HOUR);
    addLesson(402, Date.now() + HOUR);
    const { iterations } = await runExample('Example: list unconfirmed lessons for each tutor');
    expect(iterations.map((steps) => steps.get('5'))).toEqual([
      {
        To: 'chloe.marchand@example.com',
        Subject: 'Please confirm 1 lessons',
        Body: expect.stringMatching(/^Please mark these lessons as complete or cancelled: \w{3} \d+ \w{3}, [^\n]+$/),
      },
      undefined,
    ]);
    expect(requestsOf('appointments')).toEqual({ reads: 2, checks: 1 });
  });
});

describe('list unpaid invoices every Friday', () => {
  const EXAMPLE = 'Example: list unpaid invoices every Friday';

  it('sends one email with all of them, with one request', async () => {
    const { passedOn } = await runExample(EXAMPLE);
    expect(passedOn.get('3')).toEqual({
      To: 'the office',
      Subject: '2 unpaid invoices, £126.00 in all',
      Body: expect.stringMatching(
        /^INV-152: £63\.00, Yuki Tanabe, Unpaid, sent [^\n]+\nINV-150: £63\.00, Ingrid Solberg, Failed, sent /,
      ),
    });
    expect(tutorCruncher.requests()).toHaveLength(1);
  });

  it('sends none if all are paid', async () => {
    for (const id of [150, 152]) tutorCruncher.now.account.change('invoices', id, { status: 'paid' });
    expect(await failureOf(runExample(EXAMPLE))).toBe('Step 2 found nothing.');
  });
});

describe('move all clients into your CRM once', () => {
  const EXAMPLE = 'Example: move all clients into your CRM once';

  it('creates a contact for each client, and writes nothing to TutorCruncher', async () => {
    const { iterations } = await runExample(EXAMPLE);
    const contacts = iterations.map((steps) => steps.get('4'));
    const clients = tutorCruncher.now.account.list('clients');
    expect(contacts).toHaveLength(clients.length);
    expect(contacts).toContainEqual({
      Email: 'priya.raman@example.com',
      'First Name': 'Priya',
      'Last Name': 'Raman',
      'External ID': '301',
    });
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('leaves out clients who were created at another time', async () => {
    for (const { id } of tutorCruncher.now.account.list('clients')) {
      tutorCruncher.now.account.change('clients', id, { date_created: '2027-01-01T12:00:00Z' });
    }
    expect(await failureOf(runExample(EXAMPLE))).toMatch(/found nothing/);
  });
});

describe('offer a new job to matching tutors', () => {
  const EXAMPLE = 'Example: offer a new job to matching tutors';
  const { sampleEvent } = triggerOf('job_status_changed');
  const deliveryWith = (changes: JsonObject) => ({
    delivery: {
      request_time: 1,
      events: [{ ...sampleEvent, subject: { ...sampleEvent.subject, status: 'available', ...changes } }],
    },
  });

  it('writes to the tutors with the subject near the job, in one email', async () => {
    const { account } = tutorCruncher.now;
    account.change('contractors', 403, { status: 'approved', latitude: '55.9533', longitude: '-3.1883' });
    account.change('contractors', 404, { status: 'approved', skills: [] });
    const { passedOn } = await runExample(EXAMPLE, { received: deliveryWith({}) });
    expect(passedOn.get('3')).toEqual({
      To: 'the office',
      Bcc: 'chloe.marchand@example.com,hannah.whitlock@example.com',
      Subject: 'New job: GCSE Maths for Leo',
      Body: 'Would you like to teach GCSE Maths for Leo? Reply to this email.',
    });
    expect(requestsOf('contractors')).toEqual({ reads: 1, checks: 3 });
  });

  it('writes to nobody if the job has no address, or another status', async () => {
    expect(await failureOf(runExample(EXAMPLE, { received: deliveryWith({ dft_location: null }) }))).toMatch(
      /^"Find Address" of this step is empty/,
    );
    expect((await runExample(EXAMPLE, { received: deliveryWith({ status: 'finished' }) })).passedOn.size).toBe(0);
  });
});
