/**
 * The stand-in for TutorCruncher's API, over HTTP: it accepts and refuses requests according to TutorCruncher's
 * documentation.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { startTutorCruncher, type TutorCruncher } from '../local/api/tutorcruncher.ts';
import type { JsonObject } from '../wire/json.ts';
import { sign } from '../wire/signature.ts';

const KEY = 'the-key';
let tutorCruncher: TutorCruncher;

/** A request, its body, and what the stand-in responds: see {@link expectAnswer}. */
type Call = readonly [request: string, body: object | null, expected: number | readonly string[] | object];

async function call(request: string, body: object | null = null, key = KEY) {
  const [method, path = ''] = request.split(' ');
  const response = await fetch(`${tutorCruncher.origin}/api/${path}`, {
    method: method ?? '',
    headers: { Authorization: `token ${key}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, data: (await response.json()) as JsonObject };
}

/** Expects a status, or the fields that a refused request names, or a successful response with these members. */
async function expectAnswer([request, body, expected]: Call): Promise<void> {
  const { status, data } = await call(request, body);
  if (typeof expected === 'number') expect([request, status]).toEqual([request, expected]);
  else if (!Array.isArray(expected)) expect({ request, status, data }).toMatchObject({ status: 200, data: expected });
  else expect([request, status, ...Object.keys(data).sort()]).toEqual([request, 400, ...(expected as string[]).sort()]);
}

const post = (path: string, body: object) => call(`POST ${path}`, body);
const rowsOf = async (path: string) => (await call(`GET ${path}`)).data.results as JsonObject[];

const LESSON = {
  ...{ topic: 'Fractions', status: 'planned', service: 705 },
  ...{ start: '2027-01-12T16:00:00+00:00', finish: '2027-01-12T17:00:00+00:00' },
};
const JOB = { name: 'Latin', dft_charge_rate: '40.00', dft_contractor_rate: 25 };
const CHARGE = { description: 'Book', category: 5, date_occurred: '2027-01-12', client: 301, charge_client: '9.5' };
const NG = { last_name: 'Ng', email: 'may.ng@example.com' };

beforeEach(async () => {
  tutorCruncher = await startTutorCruncher(KEY);
});
afterEach(async () => {
  await tutorCruncher.stop();
});

describe('the stand-in', () => {
  it.each<[behaviour: string, ...calls: Call[]]>([
    [
      'returns 100 rows per page, and 404 after the last page',
      ['GET labels/', null, { count: 120, previous: null, next: expect.stringMatching(/\/api\/labels\/\?page=2$/) }],
      ['GET labels/?page=2', null, { next: null, results: { length: 20 } }],
      ['GET labels/?page=3', null, 404],
    ],
    [
      'has no details of some lists, and 404 for other records',
      ...['clients/1/', 'nothing/', 'tenders/88/', 'clients'].map((path): Call => [`GET ${path}`, null, 404]),
    ],
    [
      'has records that refer to each other',
      ['GET recipients/503/', null, { paying_client: { id: 301, email: 'priya.raman@example.com' } }],
      ['GET clients/301/', null, { paid_recipients: [{ id: 503, first_name: 'Leo', role_type: 'Student' }] }],
      [
        'GET appointments/9108/',
        null,
        { rcras: [{ recipient_name: 'Nils Solberg', paying_client: 303 }], service: { id: 707 } },
      ],
    ],
    [
      'creates and updates a person, changing only what is sent',
      [
        'POST clients/',
        { ...NG, country: 183, extra_attrs: { preferred_tutor: 'doesnt-matter', date_of_birth: '2015-01-12' } },
        { id: 306, status: 'prospect', country: 'United Kingdom (GB)', email: 'may.ng@example.com' },
      ],
      ['POST clients/306/', { mobile: '07700 900456' }, { mobile: '07700 900456', last_name: 'Ng' }],
      [
        'GET clients/306/',
        null,
        { extra_attrs: expect.arrayContaining([expect.objectContaining({ value: "Doesn't matter" })]) },
      ],
    ],
    [
      'refuses an email address that another person of the same role has',
      ['POST clients/', { last_name: 'Ng', email: 'Priya.Raman@example.com' }, ['email']],
      ['POST clients/302/', { email: 'priya.raman@example.com' }, ['email']],
      ['POST clients/301/', { email: 'priya.raman@example.com' }, 200],
    ],
    [
      'adds a new role to the person with the same email address, whose details both roles then share',
      ['POST contractors/', { last_name: 'Shah', email: 'priya.raman@example.com' }, { id: 407, first_name: 'Priya' }],
      ['GET clients/301/', null, { last_name: 'Shah' }],
      ['POST clients/301/', { mobile: '07700 900999' }, 200],
      ['GET contractors/407/', null, { mobile: '07700 900999' }],
    ],
    [
      'creates a job with people, and requires three fields again to update it',
      [
        'POST services/',
        { ...JOB, rcrs: [{ recipient: 503 }], conjobs: [{ contractor: 402 }] },
        {
          ...{ id: 710, name: 'Latin', dft_charge_rate: 40, conjobs: [{ contractor: 402, name: 'Hannah Whitlock' }] },
          rcrs: [
            { recipient: 503, recipient_name: 'Leo Raman', paying_client: 301, paying_client_name: 'Priya Raman' },
          ],
        },
      ],
      ['PUT services/710/', { name: 'Greek' }, ['dft_charge_rate', 'dft_contractor_rate']],
      ['PUT services/710/', { ...JOB, name: 'Greek', rcrs: [] }, { name: 'Greek', rcrs: [{ recipient: 503 }] }],
      ['PUT services/710/', { ...JOB, branch_tax_setup: 'Company Tax (20%)' }, ['branch_tax_setup']],
      ['PUT services/710/', { ...JOB, status: 'live' }, ['status']],
      ['POST services/710/', JOB, 405],
      ['POST services/', { ...JOB, rcrs: [{ recipient: 503 }, { recipient: 1 }] }, ['rcrs']],
    ],
    [
      'creates a lesson, and responds with names that differ from the names in its details',
      [
        'POST appointments/',
        { ...LESSON, rcras: [{ recipient: 503, charge_rate: 0 }], cjas: [{ contractor: 402 }] },
        {
          ...{ id: 9111, start: '2027-01-12T16:00:00Z', units: '1.00000', extra_attrs: {} },
          ...{ rcras: [{ recipient: 503, charge_rate: '0.00' }], cjas: [{ name: 'Hannah Whitlock' }] },
        },
      ],
      [
        'GET appointments/9111/',
        null,
        { service: { id: 705, name: 'GCSE Maths for Leo' }, cjas: [{ contractor_name: 'Hannah Whitlock' }] },
      ],
      [
        'PUT appointments/9111/',
        { ...LESSON, topic: 'Ratios', rcras: [] },
        { topic: 'Ratios', service: 705, rcras: [{ recipient: 503 }] },
      ],
    ],
    [
      'creates and updates a charge, whose description only lists contain',
      ['POST adhoccharges/', CHARGE, { id: 82, client_cost: '9.50', client: { id: 301 }, category_name: 'Materials' }],
      ['GET adhoccharges/82/', null, expect.not.objectContaining({ description: expect.anything() })],
      [
        'GET adhoccharges/?client=301',
        null,
        { results: expect.arrayContaining([expect.objectContaining({ id: 82, description: 'Book' })]) },
      ],
      ['PUT adhoccharges/82/', { charge_client: '8' }, ['category', 'date_occurred', 'description']],
    ],
    [
      'accepts an application once, which adds the tutor to the job',
      ['POST tenders/92/accept/', {}, { id: 92, status: 'accepted' }],
      ['POST tenders/92/accept/', {}, 400],
      ['POST tenders/91/reject/', {}, { status: 'rejected' }],
      ['POST tenders/91/take_payment/', {}, 404],
    ],
  ])('%s', async (_behaviour, ...calls) => {
    for (const each of calls) await expectAnswer(each);
  });

  it.each<[path: string, body: object, fields: string[]]>([
    ['clients/', {}, ['last_name']],
    ['clients/', { last_name: 'Ng', status: 'approved', associated_agent: 9999 }, ['status', 'associated_agent']],
    ['clients/', { last_name: 'Ng', status: 'live', pipeline_stage: 1 }, ['pipeline_stage']],
    ['clients/', { last_name: 'Ng', extra_attrs: [{ value: 1 }] }, ['extra_attrs']],
    ['clients/', { last_name: 'Ng', extra_attrs: { preferred_tutor: "Doesn't matter" } }, ['extra_attrs']],
    ['recipients/', { last_name: 'Ng', paying_client: 9999, academic_year: 99 }, ['paying_client', 'academic_year']],
    ['contractors/402/', { default_rate: '£30' }, ['default_rate']],
    ['appointments/', { topic: 'Ratios' }, ['start', 'finish', 'status', 'service']],
    ['appointments/', { ...LESSON, status: 'complete' }, ['status']],
    ['appointments/', { ...LESSON, start: '2027-01-12T16:00:00' }, ['start']],
    ['appointments/', { ...LESSON, finish: LESSON.start }, ['finish']],
    ['appointments/', { ...LESSON, cjas: [{ contractor: 9999 }] }, ['cjas']],
    ['appointments/9106/recipient/add/', { recipient: 503 }, ['non_field_errors']],
    ['adhoccharges/', { description: 'Book' }, ['category', 'date_occurred', 'non_field_errors']],
  ])('responds to %s with %j by naming the fields that it does not accept', async (path, body, fields) => {
    await expectAnswer([`POST ${path}`, body, fields]);
  });

  it.each([
    ['clients/?labels=22', [302]],
    ['clients/?user__email=priya.raman@example.com', [301]],
    ['appointments/?service=705&recipient=503&contractor=402&client=301', [9106]],
    [`appointments/?start_gte=${new Date().toISOString()}`, [9110, 9109, 9104]],
    ...['user__email=', 'phone=1', 'ordering=id'].map((filter): [string, number[]] => [
      `clients/?${filter}`,
      [305, 304, 303, 302, 301],
    ]),
  ])('filters lists as documented, and ignores empty and unknown filters: %s', async (path, ids) => {
    expect((await rowsOf(path)).map(({ id }) => id)).toEqual(ids);
  });

  it('describes the custom fields of the enquiry form, and others if the account describes them', async () => {
    const options = async (path: string) =>
      ((await call(`OPTIONS ${path}`)).data.actions as { POST: Record<string, JsonObject> }).POST;
    expect((await options('clients/')).extra_attrs).toBeUndefined();
    expect((await options('enquiry/')).attributes?.children).toHaveProperty('preferred-tutor.choices.1', {
      ...{ value: 'doesnt-matter', display_name: "Doesn't matter" },
    });
    tutorCruncher.behaviour.describesCustomFields = true;
    expect((await options('clients/')).extra_attrs?.children).toHaveProperty('date_of_birth.type', 'date');
  });

  it('responds in the older shape if the account uses it', async () => {
    tutorCruncher.behaviour.isOlderShape = true;
    const role = { id: 306, user: { last_name: 'Ng' } };
    await expectAnswer(['POST clients/', { user: NG }, { status: 'success', role }]);
    await expectAnswer(['GET clients/306/', null, { id: 306, user: { email: NG.email } }]);
    await expectAnswer([`GET clients/?user__email=${NG.email}`, null, { results: [{ user: { last_name: 'Ng' } }] }]);
  });
});

describe('webhooks of the stand-in', () => {
  it('follow every write, signed, with the administrator as the actor and the state after the write', async () => {
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
    server.close();
  });
});
