/** `npm run check:account -- --deliveries`: the contents of saved webhooks. */

import { describe, expect, it } from '@jest/globals';

import { checkDeliveries, type ArrivedDelivery } from '../../account-check/deliveries.ts';
import { Findings } from '../../account-check/findings.ts';
import { Reader } from '../../account-check/reader.ts';
import { guardReport } from '../../account-check/report.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { client } from '../../objects/client.ts';
import { lesson } from '../../objects/lesson.ts';
import { report } from '../../objects/report.ts';
import { tutor } from '../../objects/tutor.ts';
import { wellbeingConcern } from '../../objects/wellbeing-concern.ts';
import type { JsonObject } from '../../wire/json.ts';
import { sign } from '../../wire/signature.ts';
import { namesWith, without } from './checked-stand-in.ts';

/** Returns the event of an object's sample with changes. */
const eventOf = ({ sample }: Pick<typeof client, 'sample'>, changes: JsonObject = {}): JsonObject => ({
  ...sample,
  ...changes,
});

const withSubject = (event: JsonObject, change: (subject: JsonObject) => JsonObject): JsonObject => ({
  ...event,
  subject: change(event.subject as JsonObject),
});

/** Returns a signed delivery. */
function arrived(events: unknown, changes: Partial<ArrivedDelivery> = {}): ArrivedDelivery {
  const body = JSON.stringify({ request_time: 1, events });
  return { body, signature: sign(body, PRIVATE_KEY), receivedAt: null, isRepeat: false, ...changes };
}

function check(...deliveries: ArrivedDelivery[]) {
  const findings = new Findings();
  const reader = new Reader({
    tutorCruncher: 'https://app.tutorcruncher.com',
    relay: null,
    privateKey: PRIVATE_KEY,
    pause: () => Promise.resolve(),
    showProgress: () => undefined,
  });
  const account = { reader, findings, withPdf: false, rows: new Map(), details: new Map(), branchId: 4021 };
  const facts = checkDeliveries(account, deliveries, PRIVATE_KEY);
  guardReport({ deliveries: facts }, reader.values);
  return { facts, findings: findings.all, values: reader.values };
}

const LESSON = eventOf(lesson);
const CLIENT = eventOf(client);
const REPORT = eventOf(report);

describe('webhooks as assumed', () => {
  it('differ in no line', () => {
    const edited = { ...LESSON, action: 'EDITED_SR_ON_APPOINTMENT' };
    const added = { ...LESSON, action: 'ADDED_SR_TO_APPOINTMENT' };
    const agreed = { ...CLIENT, action: 'RECORDED_TERMS_CONSENT' };
    const agreedByTutor = { ...eventOf(tutor), action: 'RECORDED_TERMS_CONSENT' };
    const inCapitals = withSubject(CLIENT, (subject) => ({ ...subject, status: 'LIVE' }));
    const saved = withSubject({ ...CLIENT, action: 'SAVED_CARD_DETAILS' }, (subject) => ({
      ...subject,
      last4: '4242',
    }));
    const { findings } = check(
      ...[LESSON, CLIENT, REPORT, edited, added, agreed, agreedByTutor, inCapitals, saved].map((event) =>
        arrived([event]),
      ),
    );
    expect(namesWith({ findings }, 'differs')).toEqual([]);
    expect(namesWith({ findings }, 'holds')).toEqual([
      'delivery.signature',
      'delivery.events',
      'delivery.no-event-id',
      'delivery.timestamp',
      'events.models',
      'events.branch',
      'events.branch-sent',
      'events.lesson-once',
      'events.lesson-people',
      'events.lesson-people-edit',
      'events.absence-later',
      'events.report-id',
      'events.statuses',
      'events.payment-details',
      'events.terms-consent',
    ]);
  });

  it('without deliveries leave everything unknown', () => {
    const { facts, findings } = check();
    expect(namesWith({ findings }, 'unknown')).toEqual(['delivery.signature', 'delivery.events']);
    expect(facts).toMatchObject({ deliveries: 0, actions: {}, models: {} });
  });
});

describe('webhooks that leave an assumption unknown', () => {
  it.each<[assumption: string, what: string, delivery: ArrivedDelivery]>([
    ['delivery.signature', 'the signature is unknown', arrived([LESSON], { signature: null })],
    ['events.branch', 'an event has no branch', arrived([without(LESSON, 'branch')])],
    ['events.statuses', 'no statuses of the object are known', arrived([eventOf(wellbeingConcern)])],
  ])('%s, because %s', (assumption, _what, delivery) => {
    expect(namesWith(check(delivery), 'unknown')).toContain(assumption);
  });
});

const DELETED = eventOf(client, {
  action: 'DELETED_A_CLIENT',
  subject: { model: 'Client', id: 301, first_name: 'Priya' },
});

describe('webhooks that contradict', () => {
  it.each<[assumption: string, what: string, delivery: ArrivedDelivery]>([
    ['delivery.signature', 'another key has signed', arrived([LESSON], { signature: sign('x', PRIVATE_KEY) })],
    ['delivery.events', 'the events are no list', arrived({ 0: LESSON })],
    [
      'delivery.events',
      'the body is no JSON',
      { ...arrived([]), body: 'events', signature: sign('events', PRIVATE_KEY) },
    ],
    ['delivery.no-event-id', 'events have ids', arrived([{ ...LESSON, id: 9 }])],
    ['delivery.timestamp', 'times have no fraction', arrived([{ ...LESSON, timestamp: '2026-06-10T18:05:00Z' }])],
    ['events.branch', 'it is another number', arrived([{ ...LESSON, branch: 17 }])],
    ['events.branch', 'it is a name', arrived([{ ...LESSON, branch: 'Bristol' }])],
    ['events.branch-sent', 'an event has none', arrived([without(LESSON, 'branch')])],
    [
      'events.models',
      'a model is unknown',
      arrived([withSubject(CLIENT, (subject) => ({ ...subject, model: 'Course' }))]),
    ],
    [
      'events.statuses',
      'a status is unknown',
      arrived([withSubject(CLIENT, (subject) => ({ ...subject, status: 'lost' }))]),
    ],
    [
      'events.lesson-once',
      'students are missing',
      arrived([withSubject(LESSON, (subject) => without(subject, 'rcras'))]),
    ],
    ['events.lesson-once', 'tutors are missing', arrived([withSubject(LESSON, (subject) => without(subject, 'cjas'))])],
    [
      'events.report-id',
      'a report has neither id nor URL',
      arrived([withSubject(eventOf(report), (subject) => without(without(subject, 'id'), 'url'))]),
    ],
    [
      'events.short-clients',
      'a deleted client is complete',
      arrived([withSubject(DELETED, (subject) => ({ ...subject, is_taxable: true }))]),
    ],
    [
      'events.absence-later',
      'students have no status',
      arrived([
        withSubject({ ...LESSON, action: 'EDITED_SR_ON_APPOINTMENT' }, (subject) => ({ ...subject, rcras: [{}] })),
      ]),
    ],
    [
      'events.absence-later',
      'a student has no status',
      arrived([
        withSubject({ ...LESSON, action: 'EDITED_SR_ON_APPOINTMENT' }, (subject) => ({
          ...subject,
          rcras: [{ status: 'attended' }, {}],
        })),
      ]),
    ],
    [
      'events.absence-later',
      'it is about a client with students',
      arrived([
        withSubject({ ...CLIENT, action: 'EDITED_SR_ON_APPOINTMENT' }, (subject) => ({
          ...subject,
          rcras: [{ status: 'attended' }],
        })),
      ]),
    ],
    ['events.absence-later', 'it is about a client', arrived([{ ...CLIENT, action: 'EDITED_SR_ON_APPOINTMENT' }])],
    ['events.lesson-people', 'it is about a client', arrived([{ ...CLIENT, action: 'ADDED_SR_TO_APPOINTMENT' }])],
    [
      'events.lesson-people-edit',
      'the lesson is edited as well',
      arrived([
        { ...LESSON, action: 'ADDED_CONTRACTOR_TO_APPOINTMENT' },
        { ...LESSON, action: 'EDITED_AN_APPOINTMENT' },
      ]),
    ],
    ['events.terms-consent', 'it is about a report', arrived([{ ...REPORT, action: 'RECORDED_TERMS_CONSENT' }])],
    [
      'events.payment-details',
      'a field has another name',
      arrived([
        withSubject({ ...CLIENT, action: 'SAVED_CARD_DETAILS' }, (subject) => ({ ...subject, ending: 'xx 4242' })),
      ]),
    ],
    [
      'events.custom-fields',
      'custom fields are an object',
      arrived([withSubject(CLIENT, (subject) => ({ ...subject, extra_attrs: { school: 'A' } }))]),
    ],
  ])('%s, because %s, differ in this line and in no other', (assumption, _what, delivery) => {
    expect(namesWith(check(delivery, arrived([DELETED])), 'differs')).toEqual([assumption]);
  });
});

/** Returns a time in TutorCruncher's format. `ms`: milliseconds after 10 June 2026, 18:05 */
const timestampAfter = (ms: number): string =>
  new Date(Date.parse('2026-06-10T18:05:00.000Z') + ms).toISOString().replace('Z', '456Z');

/** Returns a delivery with an event at the time of {@link timestampAfter}. */
const arrivedAt = (event: JsonObject, ms: number): ArrivedDelivery =>
  arrived([{ ...event, timestamp: timestampAfter(ms) }]);

describe('the assumption that no edit arrives with an event about a person on a lesson', () => {
  const added = { ...LESSON, action: 'ADDED_CONTRACTOR_TO_APPOINTMENT' };
  const edited = { ...LESSON, action: 'EDITED_AN_APPOINTMENT' };
  const ofOtherLesson = withSubject(edited, (subject) => ({ ...subject, id: 9107 }));

  it.each<[verdict: 'holds' | 'differs', what: string, other: JsonObject, ms: number]>([
    ['differs', 'an edit 5 s later', edited, 5_000],
    ['differs', 'an edit 5 s earlier', edited, -5_000],
    ['differs', 'an edit of all repeated lessons', { ...edited, action: 'EDITED_REPEATED_APPOINTMENTS' }, 0],
    ['holds', 'an edit more than 5 s later', edited, 5_001],
    ['holds', 'an edit more than 5 s earlier', edited, -5_001],
    ['holds', 'an edit of another lesson', ofOtherLesson, 0],
    ['holds', 'another event about the lesson', LESSON, 0],
  ])('%s with %s', (verdict, _what, other, ms) => {
    const { findings } = check(arrivedAt(added, 0), arrivedAt(other, ms));
    expect(namesWith({ findings }, verdict)).toContain('events.lesson-people-edit');
  });
});

describe('the facts about webhooks', () => {
  it('count deliveries, events, models, bursts, repeats and delays', () => {
    const at = Date.parse('2026-06-10T18:05:00.123Z');
    const { facts } = check(
      arrived([CLIENT], { receivedAt: at + 1_000 }),
      arrived([{ ...CLIENT, action: 'EDITED_A_CLIENT', timestamp: '2026-06-10T18:05:03.123456Z' }], {
        receivedAt: at + 30_000,
      }),
      arrived([{ ...CLIENT, action: 'EDITED_A_CLIENT', timestamp: '2026-06-10T18:06:03.123456Z' }], {
        receivedAt: at + 3_600_000,
      }),
      arrived([LESSON, { ...LESSON, action: 'UNKNOWN_ACTION' }], { receivedAt: at + 300_000 }),
      arrived([LESSON], { isRepeat: true, signature: null }),
      arrived([CLIENT]),
    );
    expect(facts).toMatchObject({
      deliveries: 10,
      wrongSignatures: 0,
      eventsPerDelivery: { 'list(1)': 10, 'list(2-9)': 1 },
      models: { Client: 10, Lesson: 1 },
      otherActions: 1,
      bursts: { 'list(2-9)': 1 },
      repeats: 1,
      delays: { 'under 10 seconds': 1, 'under 1 minute': 1, 'under 20 minutes': 1, longer: 1 },
    });
  });

  const ten = [...Array(10).keys()];
  it.each<[what: string, times: readonly number[], bursts: Record<string, number>]>([
    ['5 s apart are a burst', [0, 5_000], { 'list(2-9)': 1 }],
    ['5 s apart are a burst if the later event arrives first', [5_000, 0], { 'list(2-9)': 1 }],
    ['more than 5 s apart are no burst', [0, 5_001], {}],
    ['more than 5 s apart are no burst if the later event arrives first', [5_001, 0], {}],
    ['without another event are no burst', [0], {}],
    ['within 5 s of the first event are a burst', ten.map((index) => index * 500), { 'list(10+)': 1 }],
    ['more than 5 s after the first event begin a burst', ten.map((index) => index * 600), { 'list(2-9)': 1 }],
  ])('events about a subject %s', (_what, times, bursts) => {
    expect(check(...times.map((ms) => arrivedAt(LESSON, ms))).facts.bursts).toEqual(bursts);
  });

  it('count no burst of events about different subjects', () => {
    const withId = (event: JsonObject, id: number) => withSubject(event, (subject) => ({ ...subject, id }));
    const events = [withId(LESSON, 9106), withId(LESSON, 9107), withId(CLIENT, 9106)];
    expect(check(...events.map((event) => arrivedAt(event, 0))).facts.bursts).toEqual({});
  });

  it('count a delivery that arrived in two copies, or that a relay had received before, as a repeat', () => {
    const [one, other] = [arrived([CLIENT]), arrived([LESSON])];
    expect(check(one, other).facts.repeats).toBe(0);
    expect(check(one, other, one).facts.repeats).toBe(1);
    expect(check(one, { ...other, isRepeat: true }).facts.repeats).toBe(1);
  });

  it('are kept apart from the contents of the deliveries, which no report may contain', () => {
    expect([...check(arrived([LESSON])).values]).toEqual(expect.arrayContaining(['Quadratic equations', '9106']));
  });

  it('count a wrong signature', () => {
    const { facts } = check(arrived([LESSON], { signature: sign('x', PRIVATE_KEY) }), arrived([CLIENT]));
    expect(facts.wrongSignatures).toBe(1);
  });

  it.each([
    [-1, 'under 10 seconds'],
    [9_999, 'under 10 seconds'],
    [10_000, 'under 1 minute'],
    [59_999, 'under 1 minute'],
    [60_000, 'under 20 minutes'],
    [1_199_999, 'under 20 minutes'],
    [1_200_000, 'longer'],
  ])('have the delay of an event that arrives after %d ms: %s', (ms, delay) => {
    const time = Date.parse(timestampAfter(0));
    expect(check({ ...arrivedAt(LESSON, 0), receivedAt: time + ms }).facts.delays).toEqual({ [delay]: 1 });
  });

  it('say which fields and lists are present, absent or empty in the events of an action', () => {
    const { facts } = check(
      arrived([withSubject(CLIENT, (subject) => ({ ...without(subject, 'phone'), labels: [] }))]),
      arrived([withSubject(CLIENT, (subject) => without(without(subject, 'phone'), 'mobile'))]),
      arrived([withSubject(DELETED, ({ first_name, ...subject }) => ({ ...subject, user: { first_name } }))]),
    );
    const { CREATED_A_CLIENT: created, DELETED_A_CLIENT: deleted } = facts.actions;
    expect(created).toMatchObject({ events: 1, shape: 'flat', absent: ['phone'], empty: ['labels'] });
    expect(created?.fields).toMatchObject({ 'empty list | list(2-9)': ['labels'] });
    expect(deleted).toMatchObject({ shape: 'user', fields: { 'text(short)': ['first_name', 'model'] } });
    expect(deleted?.absent).toContain('labels');
  });

  it('skip changes of public profiles, which have no events', () => {
    const body = JSON.stringify({ id: 1, branch_id: 4021, first_name: 'Hannah' });
    const { findings } = check({ ...arrived([]), body, signature: sign(body, PRIVATE_KEY) });
    expect(namesWith({ findings }, 'differs')).toEqual([]);
  });
});
