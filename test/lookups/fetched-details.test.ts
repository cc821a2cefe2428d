/** The details that Fetch Details adds to an event or to a row of a poll. */

import { describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { client } from '../../objects/client.ts';
import { lesson as lessonObject } from '../../objects/lesson.ts';
import { tutor } from '../../objects/tutor.ts';
import { StepRun } from '../../src/api/step-run.ts';
import { compare } from '../../src/instant/compare.ts';
import { flatten } from '../../src/instant/flatten.ts';
import { CompletedSubject } from '../../src/lookups/completed-subject.ts';
import { undivided } from '../../src/lookups/divide.ts';
import { contacts, familyContacts, withDetails } from '../../src/lookups/fetched-details.ts';
import { sampleLocale } from '../../src/object/samples.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import type { JsonObject } from '../../wire/json.ts';
import { directZWith } from '../support/direct-z.ts';
import { outputKeys, run, shown, student } from '../support/lookups.ts';
import { lessonAt } from '../support/polls.ts';
import { keysOf } from '../support/record-forms.ts';
import { relayedView } from '../support/relayed-view.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const paths = () => tutorCruncher.requests().map(({ path }) => decodeURIComponent(path));

const FETCH = { fetch_details: true };
const BUNDLE = { authData: { private_key: PRIVATE_KEY }, inputData: {} } as unknown as Bundle;

describe('the choice to fetch details', () => {
  const without = (subject: JsonObject, ...names: string[]) =>
    Object.fromEntries(Object.entries(subject).filter(([name]) => !names.includes(name)));
  const complete = client.sample.subject;

  it.each(['client_updated', 'tutor_updated', 'student_updated'])(
    'of %s fills in what the event lacks',
    async (key) => {
      const { id, url } = triggerOf(key).sampleEvent.subject;
      const [record = {}] = await run(key, { id, url, first_name: 'Robin', email: null }, FETCH);
      const word = key.split('_')[0] ?? '';
      expect(record).toMatchObject({ details_fetched: true, [`${word}_first_name`]: 'Robin', [`${word}_email`]: null });
      for (const name of ['last_name', 'mobile', 'label_names'])
        expect(record[`${word}_${name}`]).toEqual(expect.any(String));
      expect(paths()).toEqual([new URL(String(url)).pathname]);
    },
  );

  it('fills in a nested record of which the event has only the id, as a number or as text', async () => {
    const [[byNumber = {}], [byText = {}]] = [
      await run('client_updated', { id: 301, associated_agent: 604 }, FETCH),
      await run('client_updated', { id: 301, associated_agent: '604' }, FETCH),
    ];
    expect(byText.client_associated_affiliate_name).toBe('Owen Brook');
    expect(Object.keys(byText)).toEqual(Object.keys(byNumber));
  });

  it.each([false, true])('keeps the values of the event in either shape (older: %j)', async (isOlderShape) => {
    tutorCruncher.now.behaviour.isOlderShape = isOlderShape;
    const event = {
      id: 301,
      user: { first_name: 'Robin', mobile: '' },
      labels: [],
      associated_admin: { id: 11, first_name: 'Dan' },
      associated_agent: 604,
      pipeline_stage: 7,
    };
    const [record] = await run('client_updated', event, FETCH);
    expect(record).toMatchObject({
      details_fetched: true,
      client_first_name: 'Robin',
      client_last_name: 'Raman',
      client_mobile: '',
      client_email: 'priya.raman@example.com',
      client_label_names: 'Weekend',
      client_status: 'live',
      client_associated_admin_first_name: 'Dan',
      client_associated_admin_last_name: 'Mercer',
      client_associated_affiliate_id: 604,
      client_associated_affiliate_name: 'Owen Brook',
      client_pipeline_stage_id: 7,
      client_pipeline_stage_name: null,
    });
  });

  it('does not report what it fills in as a change', () => {
    const event = { ...client.sample, subject: { ...without(complete, 'last_name', 'labels'), status: 'dormant' } };
    const previous = {
      ...client.sample,
      timestamp: '2026-06-10T18:04:00Z',
      subject: { ...complete, last_name: 'Shah', labels: [] },
    };
    const [kept, view, locale] = [{ event, previous, burst: [] }, relayedView(client), sampleLocale()];
    const changes = compare(kept, { since: previous, layout: client.layout }, null, view, locale);
    const record = flatten(kept, undivided(event.subject), { changes, details: complete }, view, locale);
    expect(record).toMatchObject({ client_last_name: 'Raman', client_label_names: 'Weekend, Sibling discount' });
    expect(record).toMatchObject({ changed_fields: 'Client Status', added_labels: null });
  });

  it.each([
    ['TutorCruncher does not respond', { id: 301 }, [503, {}]],
    ['the client no longer exists', { id: 301 }, [404, {}]],
    ['the private key is revoked', { id: 301 }, [401, {}]],
    ['the event has no id', {}, null],
  ] as const)('runs the Zap with the fields of the event if %s', async (_case, subject, response) => {
    tutorCruncher.now.behaviour.intercept = ({ path }) =>
      response && path.startsWith('/api/clients/') ? [...response] : null;
    const records = await run('client_updated', { ...subject, first_name: 'Robin' }, FETCH);
    expect(records).toMatchObject([{ details_fetched: false, client_first_name: 'Robin', client_email: null }]);
  });

  it('makes no request for a job from which an unknown tutor was removed', async () => {
    const { sampleEvent } = triggerOf('tutor_removed_from_job');
    const records = await run('tutor_removed_from_job', { ...sampleEvent.subject, id: 705, model: 'Service' }, FETCH);
    expect(records).toMatchObject([{ details_fetched: false, job_id: 705 }]);
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each([undefined, '', false, 'no'])('makes no request and adds no field if it is %j', async (fetch_details) => {
    const [record = {}] = await run('client_updated', { id: 301 }, { fetch_details });
    expect(keysOf(record)).not.toContain('details_fetched');
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each(['client_updated', 'lesson_cancelled'])('shows the same fields in a test of %s', async (key) => {
    const [record = {}] = await shown(key, FETCH);
    for (const path of ['clients', 'appointments']) tutorCruncher.now.account.addList(path, []);
    const [sample = {}] = await shown(key, FETCH);
    expect([record.details_fetched, sample.details_fetched]).toEqual([true, true]);
    const { outputFields } = triggerOf(key).definition.operation;
    const chosen = await outputKeys(outputFields, FETCH);
    const added = chosen.filter((name) => !triggerOf(key).outputFields.some((field) => field.key === name));
    for (const shownRecord of [record, sample]) expect(keysOf(shownRecord)).toEqual(expect.arrayContaining(added));
    expect(added).toContain('details_fetched');
  });
});

describe('the choice to fetch the clients of a lesson', () => {
  const cancelled = (lesson: JsonObject) => run('lesson_cancelled', lesson, FETCH);

  it('adds their email addresses and mobile numbers, each once', async () => {
    tutorCruncher.now.account.change('clients', 302, { country: null, email: 'PRIYA@example.com' });
    const rcras = [student(503, 301), student(504, 301), student(505, 302)];
    const [record] = await cancelled(lessonAt(1, 'planned', { rcras }));
    expect(record).toMatchObject({
      client_emails: 'priya.raman@example.com, PRIYA@example.com',
      client_mobiles: '+447700900123, 07700 900123',
      details_fetched: true,
    });
    expect(paths()).toEqual(['/api/clients/301/', '/api/clients/302/']);
  });

  it('adds nothing that could be the address of somebody else', async () => {
    tutorCruncher.now.account.change('clients', 301, { email: 'priya@example.com,other@example.com' });
    const [record] = await cancelled(lessonAt(1, 'planned', { rcras: [student(503, 301)] }));
    // Email apps reject an address that contains a blank.
    expect(record).toMatchObject({ client_emails: 'priya@example.com other@example.com' });
  });

  it('makes three requests at most, and says that clients are missing', async () => {
    const rcras = [301, 302, 303, 304].map((id) => student(id, id));
    const [record = {}] = await cancelled(lessonAt(1, 'cancelled', { rcras }));
    expect(record.client_emails).toMatch(/^[^,]+, [^,]+, [^,]+$/);
    expect(record.details_fetched).toBe(false);
    expect(tutorCruncher.requests()).toHaveLength(3);
  });

  it('runs the Zap with the clients that could be read', async () => {
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path === '/api/clients/301/' ? [503, {}] : null);
    const rcras = [student(503, 301), student(504, 302)];
    const [record = {}] = await cancelled(lessonAt(1, 'cancelled', { rcras }));
    expect(record.client_emails).toMatch(/^[^,]+@example\.com$/);
    expect(record.details_fetched).toBe(false);
  });

  it.each([
    ['has no students', { rcras: [] }, { client_emails: '', client_mobiles: '', details_fetched: true }],
    [
      'does not say who takes part',
      { rcras: null },
      { client_emails: null, client_mobiles: null, details_fetched: false },
    ],
  ])('makes no request for a lesson that %s', async (_case, changes, expected) => {
    expect(await cancelled(lessonAt(1, 'cancelled', changes))).toMatchObject([expected]);
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it('follows the choice of first lessons, which may make it unnecessary', async () => {
    tutorCruncher.now.account.addList('appointments', []);
    const add = (start: number) => tutorCruncher.now.account.add('appointments', lessonAt(start, 'complete'));
    const lesson = add(-3);
    const choices = { ...FETCH, only_first_lessons_of: 'student' };
    expect(await run('lesson_completed', lesson, choices)).toMatchObject([
      { first_lesson_known: true, client_emails: 'priya.raman@example.com', details_fetched: true },
    ]);
    add(-9);
    tutorCruncher.now.requests.length = 0;
    expect(await run('lesson_completed', lesson, choices)).toEqual([]);
    expect(tutorCruncher.requests()).toHaveLength(1);
  });
});

const OWNER = { id: 5, name: 'Owen' };

it.each<[subject: JsonObject, details: JsonObject, completed: JsonObject]>([
  [{ labels: [1] }, { labels: [1, 2] }, { labels: [1] }],
  [{ labels: [] }, { labels: [1, 2] }, { labels: [1, 2] }],
  [{ labels: [] }, {}, { labels: [] }],
  [{ labels: null }, { labels: [1] }, { labels: null }],
  [
    { extra_attrs: [], rcras: [], rcrs: [], paid_recipients: [] },
    { extra_attrs: [1], rcras: [2], rcrs: [3], paid_recipients: [4] },
    { extra_attrs: [1], rcras: [2], rcrs: [3], paid_recipients: [4] },
  ],
  [{ first_name: 'Ann' }, { user: { first_name: 'Anna', town: 'Wells' } }, { first_name: 'Ann', town: 'Wells' }],
  [{ skills: [] }, { skills: [1] }, { skills: [] }],
  [{ name: '' }, { name: 'Ann', town: 'Wells' }, { name: '', town: 'Wells' }],
  [{ agent: 5 }, { agent: OWNER }, { agent: OWNER }],
  [{ agent: 6 }, { agent: OWNER }, { agent: 6 }],
  [{ agent: null }, { agent: OWNER }, { agent: null }],
  [{ agent: { id: '5', email: 'x' } }, { agent: OWNER }, { agent: { id: '5', name: 'Owen', email: 'x' } }],
  [{ agent: { id: 6 } }, { agent: OWNER }, { agent: { id: 6 } }],
  [{ agent: { email: 'x' } }, { agent: { name: 'Owen' } }, { agent: { email: 'x' } }],
])('the subject %j with the details %j is %j', (subject, details, completed) => {
  expect(withDetails(subject, details)).toEqual(completed);
  expect(withDetails(subject, undefined)).toBe(subject);
});

/** Returns the entry in a lesson for a client's student. */
const studentOf = (clientId: number) => ({ recipient: 500 + clientId, paying_client: clientId });

describe('the contact details of the clients of a lesson', () => {
  const lookup = contacts(client, tutor);
  const subjectWith = (run: StepRun, clients: readonly number[]) =>
    CompletedSubject.ofRecord({ id: 1, rcras: clients.map(studentOf) }, lessonObject, run);
  const details = (url: URL) => ({
    id: Number(/\d+/.exec(url.pathname)?.[0]),
    email: `c${url.pathname.slice(-3, -1)}@x`,
  });
  const find = (run: StepRun, clients: readonly number[]) =>
    lookup.find(subjectWith(run, clients), 'true', run, NEUTRAL_LOCALE);

  it.each([
    [[], 0],
    [[11, 12], 2],
    [[11, 11], 1],
    [[11, 12, 13, 14], 3],
  ])('of %j take %d requests', (clients, requests) => {
    expect(lookup.requestsFor?.({ rcras: clients.map(studentOf) }, 'true')).toBe(requests);
    expect(lookup.requestsFor?.({}, 'true')).toBe(0);
  });

  it('lack a client who cannot be read, except in a poll, which reads the lesson again', async () => {
    const failing = directZWith((url) => {
      if (url.pathname.endsWith('/12/')) throw new Error('The client cannot be read.');
      return details(url);
    });
    const z = {
      ...failing,
      request: (request: { readonly url: string }) => Promise.resolve().then(() => failing.request(request)),
    } as unknown as ZObject;
    expect(await find(StepRun.ofEvent(z, BUNDLE), [11, 12])).toMatchObject({
      fields: { client_emails: 'c11@x', details_fetched: false },
    });
    await expect(find(StepRun.ofSearch(z, BUNDLE), [11, 12])).rejects.toThrow('The client cannot be read.');
  });

  it('contain an address or a number that several clients share only once', async () => {
    const shared = directZWith((url) => ({ ...details(url), email: 'family@x', mobile: '07700 900123' }));
    expect(await find(StepRun.ofEvent(shared, BUNDLE), [11, 12])).toMatchObject({
      fields: { client_emails: 'family@x', client_mobiles: '07700 900123', details_fetched: true },
    });
  });

  it.each([
    [[], null],
    [[11], 'c11@x'],
    [[11, 12], null],
  ])('of one person are read only if the lesson of a run has one: %j', async (clients, email) => {
    const run = StepRun.ofEvent(directZWith(details), BUNDLE);
    const found = await lookup.forPerson?.('client').find(subjectWith(run, clients), 'true', run, NEUTRAL_LOCALE);
    expect(found?.fields).toMatchObject({ client_email: email, client_emails: email, details_fetched: email !== null });
    expect(lookup.forPerson?.('client').requestsFor?.({ rcras: clients.map(studentOf) }, 'true')).toBe(1);
  });

  it.each([
    ['07700 900246', null, '07700 900246'],
    ['07700 900246', 'United Kingdom (GB)', '+447700900246'],
  ])('of a tutor with the mobile number %j and the country %j contain %j', async (mobile, country, shown) => {
    const run = StepRun.ofEvent(
      directZWith((url) => ({ ...details(url), mobile, country })),
      BUNDLE,
    );
    const subject = CompletedSubject.ofRecord({ id: 1, cjas: [{ contractor: 21 }] }, lessonObject, run);
    const found = await lookup.forPerson?.('tutor').find(subject, 'true', run, sampleLocale());
    expect(found?.fields).toMatchObject({ tutor_email: 'c21@x', tutor_mobile: shown, details_fetched: true });
  });

  it('of the family are those of the client in a trigger that runs for each student', async () => {
    const run = StepRun.ofEvent(directZWith(details), BUNDLE);
    const found = await familyContacts(client, tutor).find(subjectWith(run, [11]), 'true', run, NEUTRAL_LOCALE);
    expect(found?.fields).toMatchObject({ client_email: 'c11@x', details_fetched: true });
  });
});
