/**
 * The stand-in for TutorCruncher's API, over HTTP: it accepts and refuses requests according to TutorCruncher's
 * documentation.
 */

import { globSync, readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { Behaviour } from '../../../local/api/behaviour.ts';
import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();

/** A request, its body, and the stand-in's response: see {@link expectAnswer}. */
type Call = readonly [request: string, body: object | null, expected: number | readonly string[] | object];

async function call(request: string, body: object | null = null) {
  const [method, path = ''] = request.split(' ');
  const response = await fetch(`${tutorCruncher.now.origin}/api/${path}`, {
    method: method ?? '',
    headers: { Authorization: `token ${PRIVATE_KEY}`, 'Content-Type': 'application/json' },
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

const LESSON = {
  topic: 'Fractions',
  status: 'planned',
  service: 705,
  start: '2027-01-12T16:00:00+00:00',
  finish: '2027-01-12T17:00:00+00:00',
};
const JOB = { name: 'Latin', dft_charge_rate: '40.00', dft_contractor_rate: 25 };

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
      ...['clients/1/', 'nothing/', 'tenders/88/'].map((path): Call => [`GET ${path}`, null, 404]),
    ],
    [
      'redirects a path without a slash at its end, so that a write to it reads instead',
      ['GET clients?status=dormant', null, { results: [{ id: 302 }] }],
      ['POST clients', { last_name: 'Ng' }, { count: 5 }],
      ['GET clients/?user__last_name=Ng', null, { count: 0 }],
    ],
    [
      'sends the type of people in rows, and the types of a label in lower case',
      ['GET contractors/?user__last_name=Okoro', null, { results: [{ role_type: 'Tutor' }] }],
      ['GET labels/21/', null, { applicable_role_types: expect.arrayContaining(['client', 'service']) }],
    ],
    [
      'gives people on a lesson the rates of the job, even if they have other rates on the job',
      [
        'POST appointments/',
        { ...LESSON, rcras: [{ recipient: 503 }, { recipient: 507, charge_rate: '9' }], cjas: [{ contractor: 404 }] },
        { rcras: [{ charge_rate: '42.00' }, { charge_rate: '9.00' }], cjas: [{ contractor: 404, pay_rate: '30.00' }] },
      ],
      ['POST services/705/contractor/add/', { contractor: 404, pay_rate: '33' }, {}],
      [
        'POST appointments/9110/contractor/add/',
        { contractor: 404 },
        { cjas: [{}, { contractor: 404, pay_rate: '30.00' }] },
      ],
      [
        'POST appointments/',
        { ...LESSON, cjas: [{ contractor: 404 }] },
        { cjas: [{ contractor: 404, pay_rate: '30.00' }] },
      ],
    ],
    [
      'has a lesson that one of its students missed, and texts of reports and reviews',
      ['GET appointments/9103/', null, { rcras: [{ status: 'attended' }, { status: 'missed' }] }],
      ['GET reports/1207/', null, { extra_attrs: [{ name: 'Report' }, { name: 'Homework' }] }],
      ['GET reviews/', null, { results: expect.arrayContaining([expect.objectContaining({ id: 64 })]) }],
    ],
    [
      'reads 1 and 0 in checkboxes, and sends the number 0 as the hours of a tutor who has not worked',
      [
        'POST contractors/',
        { last_name: 'Ng', extra_attrs: { contract_signed: '1' } },
        {
          work_done_details: { total_paid_hours: 0 },
          extra_attrs: expect.arrayContaining([expect.objectContaining({ name: 'Contract signed', value: 'True' })]),
        },
      ],
    ],
    [
      'adds a new role to the person with the same email address, whose details both roles then share',
      ['POST contractors/', { last_name: 'Shah', email: 'priya.raman@example.com' }, { id: 407, first_name: 'Priya' }],
      ['GET clients/301/', null, { last_name: 'Shah' }],
      ['POST clients/301/', { mobile: '07700 900999' }, 200],
      ['GET contractors/407/', null, { mobile: '07700 900999' }],
    ],
    [
      'creates a job with people, and ignores people when it updates one',
      [
        'POST services/',
        { ...JOB, rcrs: [{ recipient: 503 }], conjobs: [{ contractor: 402 }] },
        {
          id: 710,
          name: 'Latin',
          dft_charge_rate: 40,
          conjobs: [{ contractor: 402, name: 'Hannah Whitlock' }],
          rcrs: [
            { recipient: 503, recipient_name: 'Leo Raman', paying_client: 301, paying_client_name: 'Priya Raman' },
          ],
        },
      ],
      ['PUT services/710/', { ...JOB, name: 'Greek', rcrs: [] }, { name: 'Greek', rcrs: [{ recipient: 503 }] }],
      ['PUT services/710/', { ...JOB, branch_tax_setup: 'Company Tax (20%)' }, ['branch_tax_setup']],
      ['POST services/710/', JOB, 405],
    ],
    [
      'creates a lesson, and responds with the same names as in its details',
      [
        'POST appointments/',
        { ...LESSON, rcras: [{ recipient: 503, charge_rate: 0 }], cjas: [{ contractor: 402 }] },
        {
          id: 9111,
          start: '2027-01-12T16:00:00Z',
          units: '1.00000',
          extra_attrs: {},
          rcras: [{ recipient: 503, charge_rate: '0.00' }],
          cjas: [{ name: 'Hannah Whitlock' }],
        },
      ],
      [
        'GET appointments/9111/',
        null,
        { service: { id: 705, name: 'GCSE Maths for Leo' }, cjas: [{ name: 'Hannah Whitlock' }] },
      ],
      [
        'PUT appointments/9111/',
        { ...LESSON, topic: 'Ratios', rcras: [] },
        { topic: 'Ratios', service: 705, rcras: [{ recipient: 503 }] },
      ],
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
    ['services/', { ...JOB, rcrs: [{ recipient: 503 }, { recipient: 1 }] }, ['rcrs']],
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
    const { results } = (await call(`GET ${path}`)).data as { readonly results: JsonObject[] };
    expect(results.map(({ id }) => id)).toEqual(ids);
  });
});

it('the stand-in has no switch that no test uses', () => {
  const tests = globSync('test/**/*.ts').map((path) => readFileSync(path, 'utf8'));
  const unused = Object.keys(new Behaviour()).filter((name) => !tests.some((text) => text.includes(name)));
  expect(unused).toEqual([]);
});

describe('webhooks of the stand-in', () => {
  it('are about the job, with the remaining tutors, if a tutor is removed from it', async () => {
    await call('POST services/708/contractor/remove/', { contractor: 406 });
    expect(await tutorCruncher.deliveries()).toMatchObject([
      { events: [{ action: 'REMOVED_CONTRACTOR_FROM_SERVICE', subject: { model: 'Job', id: 708 } }] },
    ]);
    expect(await tutorCruncher.triggered('tutor_removed_from_job')).toMatchObject([{ job_id: 708, tutor_id: null }]);
  });

  it('follow every change, with the administrator as the actor and the state after the change', async () => {
    await call('POST clients/', { last_name: 'Ng', first_name: 'Zoë' });
    await call('POST clients/306/', { mobile: '07700 900456' });
    await call('POST clients/306/add_label/', { label: 21 });
    await call('POST clients/306/add_label/', { label: 21 });
    await call('POST appointments/', { ...LESSON, cjas: [{ contractor: 402 }] });
    const deliveries = (await tutorCruncher.deliveries()) as { readonly events: JsonObject[] }[];
    const events = deliveries.flatMap((delivery) => delivery.events);
    const byAction = Object.fromEntries(events.map((event) => [String(event.action), event]));
    expect(events).toHaveLength(4);
    expect(byAction).toMatchObject({
      CREATED_A_CLIENT: {
        verb: 'Created a Client',
        branch: 4021,
        extra_msg: 'Created via the API.',
        actor: { name: 'Dana Mercer', id: 11, user_id: 9, url: '' },
        subject: { model: 'Client', id: 306, first_name: 'Zoë', paid_recipients: [] },
      },
      EDITED_A_CLIENT: { extra_msg: 'Edited via the API.' },
      ADDED_A_LABEL_TO_A_USER: { subject: { labels: [{ id: 21 }] } },
      CREATED_AN_APPOINTMENT: {
        subject: { model: 'Lesson', service: { id: 705 }, cjas: [{ name: 'Hannah Whitlock' }] },
      },
    });
  });
});
