/**
 * The stand-in for TutorCruncher's API, over HTTP: it accepts and refuses requests according to TutorCruncher's
 * documentation.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { startTutorCruncher, type RunningTutorCruncher } from '../local/api/tutorcruncher.ts';
import type { JsonObject } from '../wire/json.ts';
import { sign } from '../wire/signature.ts';

const KEY = 'the-key';
let tutorCruncher: RunningTutorCruncher;

interface Answer {
  readonly status: number;
  readonly data: JsonObject;
  readonly headers: Headers;
}

async function call(method: string, path: string, body?: object, key = KEY): Promise<Answer> {
  const response = await fetch(`${tutorCruncher.origin}/api/${path}`, {
    method,
    headers: { Authorization: `token ${key}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, data: (await response.json()) as JsonObject };
}

const get = (path: string) => call('GET', path);
const post = (path: string, body: object) => call('POST', path, body);
const put = (path: string, body: object) => call('PUT', path, body);
const rowsOf = async (path: string) => (await get(path)).data.results as JsonObject[];
const fieldsOf = ({ data }: Answer) => Object.keys(data);

const LESSON = {
  topic: 'Fractions',
  start: '2027-01-12T16:00:00+00:00',
  finish: '2027-01-12T17:00:00+00:00',
  status: 'planned',
  service: 705,
};

beforeEach(async () => {
  tutorCruncher = await startTutorCruncher(KEY);
});
afterEach(async () => {
  await tutorCruncher.stop();
});

describe('reading from the stand-in', () => {
  it('returns 100 rows per page, and 404 after the last page', async () => {
    const first = await get('labels/');
    expect(first.data).toMatchObject({
      count: 120,
      next: `${tutorCruncher.origin}/api/labels/?page=2`,
      previous: null,
    });
    expect(first.data.results).toHaveLength(100);
    expect(await rowsOf('labels/?page=2')).toHaveLength(20);
    expect((await get('labels/?page=3')).status).toBe(404);
  });

  it('returns rows with few fields, details with all fields, and 404 for other records', async () => {
    const [newest = {}] = await rowsOf('clients/');
    expect(Object.keys(newest).sort()).toEqual(['email', 'first_name', 'id', 'last_name', 'url']);
    expect((await get(`clients/${String(newest.id)}/`)).data).toMatchObject({
      status: 'prospect',
      extra_attrs: [{}, {}, {}, {}, {}],
    });
    for (const path of ['clients/1/', 'nothing/', 'tenders/88/', 'clients']) expect((await get(path)).status).toBe(404);
    expect((await rowsOf('reports/'))[0]).not.toHaveProperty('id');
    expect((await rowsOf('services/'))[0]).toMatchObject({ dft_charge_rate: '42.00' });
    expect((await get('services/705/')).data.dft_charge_rate).toBe(42);
    expect((await rowsOf('adhoccharges/'))[0]).toHaveProperty('description');
    expect((await get('adhoccharges/77/')).data).not.toHaveProperty('description');
  });

  it('has records in several states, which refer to each other', async () => {
    const { data: student } = await get('recipients/503/');
    const { data: client } = await get('clients/301/');
    expect(student.paying_client).toMatchObject({ id: 301, first_name: 'Priya', email: client.email });
    expect(client.paid_recipients).toMatchObject([{ id: 503, first_name: 'Leo', role_type: 'Student' }]);
    const { data: lesson } = await get('appointments/9108/');
    expect(lesson.rcras).toMatchObject([{ recipient: 505, recipient_name: 'Nils Solberg', paying_client: 303 }]);
    expect(lesson.service).toMatchObject({ id: 707, name: 'A Level Physics for Nils' });
    const statuses = (await rowsOf('appointments/')).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(['planned', 'complete', 'cancelled', 'awaiting-report']));
  });

  it('filters lists as documented, and ignores empty and unknown filters', async () => {
    const ids = async (path: string) => (await rowsOf(path)).map(({ id }) => id);
    expect(await ids('clients/?labels=22')).toEqual([302]);
    expect(await ids('clients/?status=dormant')).toEqual([302]);
    expect(await ids('clients/?user__email=priya.raman@example.com')).toEqual([301]);
    expect(await ids('recipients/?user__first_name=Leo&user__last_name=Raman')).toEqual([503]);
    expect(await ids('appointments/?service=705&recipient=503&contractor=402&client=301')).toEqual([9106]);
    expect(await ids(`appointments/?start_gte=${new Date().toISOString()}`)).toEqual([9110, 9109, 9104]);
    expect(await ids('adhoccharges/?client=302')).toEqual([78]);
    for (const filter of ['user__email=', 'phone=1', 'ordering=id']) {
      expect(await ids(`clients/?${filter}`)).toHaveLength(5);
    }
    tutorCruncher.behaviour.ignoresFilters = true;
    expect(await ids('clients/?labels=22')).toHaveLength(5);
  });

  it('describes the fields of writes, and custom fields if the account describes them', async () => {
    const options = async (path: string) =>
      ((await call('OPTIONS', path)).data.actions as { POST: Record<string, JsonObject> }).POST;
    expect((await options('clients/')).last_name).toMatchObject({ required: true, label: 'Last name' });
    expect((await options('clients/')).extra_attrs).toBeUndefined();
    expect((await options('enquiry/')).attributes?.children).toHaveProperty('preferred-tutor.choices.1', {
      value: 'doesnt-matter',
      display_name: "Doesn't matter",
    });
    tutorCruncher.behaviour.describesCustomFields = true;
    expect((await options('clients/')).extra_attrs?.children).toHaveProperty('date_of_birth.type', 'date');
  });

  it('refuses other keys, and more requests per minute than allowed', async () => {
    expect((await call('GET', 'branch/', undefined, 'another')).status).toBe(401);
    tutorCruncher.behaviour.requestsPerMinute = 2;
    const answers = [];
    // The requests span at most two minutes, if a new minute begins in between.
    for (let i = 0; i < 6; i++) answers.push(await get('branch/'));
    expect(answers[0]?.status).toBe(200);
    const limited = answers.find(({ status }) => status === 429);
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('writing people to the stand-in', () => {
  it('creates and updates a person, changing only what is sent', async () => {
    const { data: created } = await post('clients/', {
      last_name: 'Ng',
      email: 'May.Ng@example.com',
      country: 183,
      extra_attrs: { preferred_tutor: 'doesnt-matter' },
    });
    expect(created).toMatchObject({ id: 306, status: 'prospect', email: 'may.ng@example.com' });
    expect(created.country).toBe('United Kingdom (GB)');
    expect(created.extra_attrs).toContainEqual(expect.objectContaining({ value: "Doesn't matter" }));
    const { data: updated } = await post('clients/306/', {
      mobile: '07700 900456',
      extra_attrs: { contract_signed: true },
    });
    expect(updated).toMatchObject({ mobile: '07700 900456', last_name: 'Ng', email: 'may.ng@example.com' });
    expect(updated.extra_attrs).toContainEqual(expect.objectContaining({ value: "Doesn't matter" }));
    expect((await rowsOf('clients/'))[0]?.id).toBe(306);
  });

  it.each<[string, object, string[]]>([
    ['clients/', {}, ['last_name']],
    ['clients/', { last_name: '' }, ['last_name']],
    ['clients/', { last_name: 'Ng', email: 'nobody' }, ['email']],
    ['clients/', { last_name: 'Ng', status: 'approved', associated_agent: 9999 }, ['status', 'associated_agent']],
    ['clients/', { last_name: 'Ng', status: 'live', pipeline_stage: 1 }, ['pipeline_stage']],
    ['clients/', { last_name: 'Ng', extra_attrs: [{ value: 1 }] }, ['extra_attrs']],
    ['clients/', { last_name: 'Ng', extra_attrs: { preferred_tutor: "Doesn't matter" } }, ['extra_attrs']],
    ['clients/', { last_name: 'Ng', extra_attrs: { date_of_birth: '12/01/2015' } }, ['extra_attrs']],
    ['clients/301/', { country: 'United Kingdom (GB)' }, ['country']],
    ['recipients/', { last_name: 'Ng', paying_client: 9999, academic_year: 99 }, ['paying_client', 'academic_year']],
    ['contractors/402/', { default_rate: '£30' }, ['default_rate']],
    ['clients/301/add_label/', { label: 9999 }, ['label']],
  ])('responds to %s with %j by naming the fields that it does not accept', async (path, body, fields) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer).sort()).toEqual([...fields].sort());
  });

  it('refuses an email address that another person of the same role has', async () => {
    expect(await post('clients/', { last_name: 'Ng', email: 'Priya.Raman@example.com' })).toMatchObject({
      status: 400,
      data: { email: ['This user already has a Client.'] },
    });
    expect((await post('clients/302/', { email: 'priya.raman@example.com' })).status).toBe(400);
    expect((await post('clients/301/', { email: 'priya.raman@example.com' })).status).toBe(200);
  });

  it('adds a new role to the person with the same email address, whose details both roles then share', async () => {
    const { data: tutor } = await post('contractors/', { last_name: 'Shah', email: 'priya.raman@example.com' });
    expect(tutor).toMatchObject({ first_name: 'Priya', last_name: 'Shah' });
    expect((await get('clients/301/')).data.last_name).toBe('Shah');
    await post('clients/301/', { mobile: '07700 900999' });
    expect((await get(`contractors/${String(tutor.id)}/`)).data.mobile).toBe('07700 900999');
  });

  it('adds and removes labels, and accepts a repetition', async () => {
    for (let i = 0; i < 2; i++) {
      const { data } = await post('recipients/503/add_label/', { label: 25 });
      expect((data.labels as JsonObject[]).map(({ id }) => id)).toEqual([21, 25]);
    }
    const { data } = await post('recipients/503/remove_label/', { label: 25 });
    expect((data.labels as JsonObject[]).map(({ id }) => id)).toEqual([21]);
  });

  it('responds in the older shape if the account uses it', async () => {
    tutorCruncher.behaviour.isOlderShape = true;
    const { data } = await post('clients/', { user: { last_name: 'Ng', email: 'may.ng@example.com' } });
    expect(data).toMatchObject({ status: 'success', role: { id: 306, user: { last_name: 'Ng' } } });
    expect((await get('clients/306/')).data).toMatchObject({ id: 306, user: { email: 'may.ng@example.com' } });
    expect((await rowsOf('clients/?user__email=may.ng@example.com'))[0]).toMatchObject({ user: { last_name: 'Ng' } });
  });
});

describe('writing jobs, lessons and charges to the stand-in', () => {
  it('creates a job with people, and requires three fields again to update it', async () => {
    const job = { name: 'Latin', dft_charge_rate: '40.00', dft_contractor_rate: 25 };
    const { data } = await post('services/', { ...job, rcrs: [{ recipient: 503 }], conjobs: [{ contractor: 402 }] });
    expect(data).toMatchObject({
      name: 'Latin',
      dft_charge_rate: 40,
      rcrs: [{ recipient: 503, recipient_name: 'Leo Raman', paying_client: 301, paying_client_name: 'Priya Raman' }],
      conjobs: [{ contractor: 402, name: 'Hannah Whitlock' }],
    });
    const path = `services/${String(data.id)}/`;
    expect(fieldsOf(await put(path, { name: 'Greek' })).sort()).toEqual(['dft_charge_rate', 'dft_contractor_rate']);
    const { data: updated } = await put(path, { ...job, name: 'Greek', rcrs: [] });
    expect(updated).toMatchObject({ name: 'Greek', rcrs: [{ recipient: 503 }] });
    expect(fieldsOf(await put(path, { ...job, branch_tax_setup: data.branch_tax_setup }))).toEqual([
      'branch_tax_setup',
    ]);
    expect((await put(path, { ...job, status: 'live' })).status).toBe(400);
    expect((await post(path, job)).status).toBe(405);
    expect((await post('services/', { ...job, rcrs: [{ recipient: 503 }, { recipient: 1 }] })).data).toEqual({
      rcrs: [{}, { recipient: ['Invalid pk "1" - object does not exist.'] }],
    });
  });

  it('adds people to a job or changes them, and keeps those who are on its lessons', async () => {
    const { data } = await post('services/705/contractor/add/', { contractor: 403, pay_rate: '28' });
    expect(data.conjobs).toMatchObject([{ contractor: 402 }, { contractor: 403, pay_rate: '28.00' }]);
    const { data: edited } = await post('services/705/contractor/add/', { contractor: 403 });
    expect(edited.conjobs).toMatchObject([{ contractor: 402 }, { contractor: 403, pay_rate: '28.00' }]);
    expect((await post('services/705/contractor/remove/', { contractor: 403 })).status).toBe(200);
    expect(fieldsOf(await post('services/705/contractor/remove/', { contractor: 402 }))).toEqual(['non_field_errors']);
    expect(fieldsOf(await post('services/705/recipient/add/', { recipient: 9999 }))).toEqual(['recipient']);
    expect((await post('services/9999/recipient/add/', { recipient: 503 })).status).toBe(404);
  });

  it('creates a lesson, and responds with names that differ from the names in its details', async () => {
    const body = { ...LESSON, rcras: [{ recipient: 503, charge_rate: 0 }], cjas: [{ contractor: 402 }] };
    const { data } = await post('appointments/', body);
    expect(data).toMatchObject({
      start: '2027-01-12T16:00:00Z',
      units: '1.00000',
      extra_attrs: {},
      rcras: [{ recipient: 503, charge_rate: '0.00' }],
      cjas: [{ name: 'Hannah Whitlock' }],
    });
    expect((await get(`appointments/${String(data.id)}/`)).data).toMatchObject({
      service: { id: 705, name: 'GCSE Maths for Leo' },
      cjas: [{ contractor_name: 'Hannah Whitlock' }],
    });
    const { data: updated } = await put(`appointments/${String(data.id)}/`, { ...LESSON, topic: 'Ratios', rcras: [] });
    expect(updated).toMatchObject({ topic: 'Ratios', service: 705, rcras: [{ recipient: 503 }] });
  });

  it.each<[string, object, string[]]>([
    ['appointments/', { topic: 'Ratios' }, ['start', 'finish', 'status', 'service']],
    ['appointments/', { ...LESSON, status: 'complete' }, ['status']],
    ['appointments/', { ...LESSON, start: '2027-01-12' }, ['start']],
    ['appointments/', { ...LESSON, start: '2027-01-12T16:00:00' }, ['start']],
    ['appointments/', { ...LESSON, finish: LESSON.start }, ['finish']],
    ['appointments/', { ...LESSON, service: 9999 }, ['service']],
    ['appointments/', { ...LESSON, cjas: [{ contractor: 9999 }] }, ['cjas']],
    ['appointments/9106/recipient/add/', { recipient: 503 }, ['non_field_errors']],
    ['adhoccharges/', { description: 'Book' }, ['category', 'date_occurred', 'non_field_errors']],
    [
      'adhoccharges/',
      { description: 'Book', category: 5, date_occurred: '2027-01-12', client: 301 },
      ['charge_client'],
    ],
  ])('responds to %s with %j by naming the fields that it does not accept', async (path, body, fields) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer).sort()).toEqual([...fields].sort());
  });

  it('changes only planned lessons, and requires all fields', async () => {
    expect(fieldsOf(await put('appointments/9106/', LESSON))).toEqual(['non_field_errors']);
    expect(fieldsOf(await put('appointments/9110/', { topic: 'Ratios' })).sort()).toEqual([
      'finish',
      'service',
      'start',
      'status',
    ]);
    expect((await put('appointments/1/', LESSON)).status).toBe(404);
    expect((await post('appointments/9110/contractor/add/', { contractor: 402 })).status).toBe(200);
    expect((await post('appointments/9110/contractor/remove/', { contractor: 402 })).status).toBe(200);
  });

  it('refuses people who are not on the job of the lesson, if the account requires this', async () => {
    const body = { ...LESSON, rcras: [{ recipient: 504 }] };
    expect((await post('appointments/', body)).status).toBe(200);
    tutorCruncher.behaviour.requiresPeopleOfJob = true;
    expect(fieldsOf(await post('appointments/', body))).toEqual(['rcras']);
  });

  it('creates and updates a charge, whose description only lists contain', async () => {
    const charge = { description: 'Book', category: 5, date_occurred: '2027-01-12', client: 301, charge_client: '9.5' };
    const { data } = await post('adhoccharges/', charge);
    expect(data).toMatchObject({ client_cost: '9.50', client: { id: 301 }, category_name: 'Materials' });
    expect(data).not.toHaveProperty('description');
    expect((await rowsOf('adhoccharges/?client=301'))[0]).toMatchObject({ id: data.id, description: 'Book' });
    expect(fieldsOf(await put(`adhoccharges/${String(data.id)}/`, { charge_client: '8' })).sort()).toEqual([
      'category',
      'date_occurred',
      'description',
    ]);
  });

  it('creates the client and the student of an enquiry, and responds with the id of the enquiry', async () => {
    const { data } = await post('enquiry/', {
      client_name: 'May Ng',
      client_email: 'may.ng@example.com',
      service_recipient_name: 'Bo Ng',
      attributes: { 'date-of-birth': '2015-01-12' },
    });
    expect(data).toEqual({ id: 21_001 });
    const [client] = await rowsOf('clients/?user__email=may.ng@example.com');
    expect((await get(`clients/${String(client?.id)}/`)).data).toMatchObject({
      labels: [{ name: 'Enquiry' }],
      paid_recipients: [{ first_name: 'Bo' }],
    });
    expect(fieldsOf(await post('enquiry/', { client_email: 'may.ng@example.com' }))).toEqual(['client_name']);
  });

  it('accepts an application once, which adds the tutor to the job', async () => {
    expect((await post('tenders/92/accept/', {})).data).toMatchObject({ id: 92, status: 'accepted' });
    expect((await post('tenders/92/accept/', {})).status).toBe(400);
    expect((await post('tenders/91/reject/', {})).data.status).toBe('rejected');
    expect((await post('tenders/91/take_payment/', {})).status).toBe(404);
  });
});

describe('webhooks of the stand-in', () => {
  /** Receives deliveries, checks their signatures and returns their events. */
  async function receiver() {
    const events: JsonObject[] = [];
    const server = createServer((request, response) => {
      void buffer(request).then((body) => {
        expect(request.headers['webhook-signature']).toBe(sign(body, KEY));
        expect(body.toString()).toMatch(/^\{"request_time": \d{10}, "events": \[\{"action": "/);
        events.push(...(JSON.parse(body.toString()) as { events: JsonObject[] }).events);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    tutorCruncher.integrations.push({ privateKey: KEY, webhookUrl });
    return { events, close: () => server.close() };
  }

  it('follow every write, signed, with the administrator as the actor and the state after the write', async () => {
    const { events, close } = await receiver();
    await post('clients/', { last_name: 'Ng', first_name: 'Zoë' });
    await post('clients/306/', { mobile: '07700 900456' });
    await post('clients/306/add_label/', { label: 21 });
    await post('clients/306/add_label/', { label: 21 });
    await post('appointments/', { ...LESSON, cjas: [{ contractor: 402 }] });
    await tutorCruncher.delivered();
    const byAction = new Map(events.map((event) => [event.action, event]));
    expect([...byAction.keys()].sort()).toEqual([
      'ADDED_A_LABEL_TO_A_USER',
      'CREATED_AN_APPOINTMENT',
      'CREATED_A_CLIENT',
      'EDITED_A_CLIENT',
    ]);
    expect(events).toHaveLength(4);
    expect(byAction.get('CREATED_A_CLIENT')).toMatchObject({
      verb: 'Created a Client',
      branch: 4021,
      actor: { name: 'Dana Mercer', id: 11, user_id: 9, url: '' },
      extra_msg: 'Created via the API.',
      subject: { model: 'Client', id: 306, first_name: 'Zoë', paid_recipients: [] },
    });
    expect(byAction.get('EDITED_A_CLIENT')).toMatchObject({ extra_msg: 'Edited via the API.' });
    expect(byAction.get('CREATED_AN_APPOINTMENT')).toMatchObject({
      subject: { model: 'Lesson', service: { id: 705 }, cjas: [{ contractor_name: 'Hannah Whitlock' }] },
    });
    close();
  });

  it('do not follow a refused write, and do not contain fields that webhooks lack', async () => {
    const { events, close } = await receiver();
    await post('clients/', {});
    await post('contractors/', { last_name: 'Ng' });
    await tutorCruncher.delivered();
    expect(events).toMatchObject([{ action: 'CREATED_A_CONTRACTOR' }]);
    expect(events[0]?.subject).not.toHaveProperty('receive_service_notifications');
    close();
  });

  it('follow an enquiry as an event of the client and of the student', async () => {
    const { events, close } = await receiver();
    await post('enquiry/', { client_name: 'May Ng', service_recipient_name: 'Bo Ng' });
    await tutorCruncher.delivered();
    expect(events.map(({ action }) => action).sort()).toEqual(['CLIENT_ENQUIRY', 'CREATED_A_SR']);
    expect(events.find(({ action }) => action === 'CLIENT_ENQUIRY')).toMatchObject({
      subject: { labels: [{ name: 'Enquiry' }], paid_recipients: [{ first_name: 'Bo' }] },
    });
    close();
  });

  it('do not fail a write if the receiver cannot be reached', async () => {
    tutorCruncher.integrations.push({ privateKey: KEY, webhookUrl: 'http://127.0.0.1:1/' });
    expect((await post('clients/', { last_name: 'Ng' })).status).toBe(200);
    await tutorCruncher.delivered();
  });
});

describe('requests to the stand-in', () => {
  it('are recorded, and can receive another response', async () => {
    tutorCruncher.behaviour.intercept = ({ path }) => (path === '/api/branch/' ? [503, {}] : null);
    expect((await get('branch/')).status).toBe(503);
    await post('clients/', { last_name: 'Ng' });
    expect(tutorCruncher.requests).toEqual([
      { method: 'GET', path: '/api/branch/', body: null },
      { method: 'POST', path: '/api/clients/', body: { last_name: 'Ng' } },
    ]);
  });
});
