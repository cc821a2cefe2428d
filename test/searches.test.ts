import { describe, expect, it, jest } from '@jest/globals';
import nock from 'nock';

import { adHocCharge } from '../objects/ad-hoc-charge.ts';
import { affiliate } from '../objects/affiliate.ts';
import { client } from '../objects/client.ts';
import { creditRequest } from '../objects/credit-request.ts';
import { invoice } from '../objects/invoice.ts';
import { job } from '../objects/job.ts';
import { lesson } from '../objects/lesson.ts';
import { report } from '../objects/report.ts';
import { student } from '../objects/student.ts';
import { tutor } from '../objects/tutor.ts';
import { objectSearches } from '../searches/index.ts';
import type { JsonObject } from '../wire/json.ts';
import { PRIVATE_KEY, appTester, recordWith } from './helpers.ts';
import { detail, failureOf, page, search as find } from './steps.ts';
import { tutorCruncherApi, withoutNetwork } from './tutorcruncher-api.ts';

withoutNetwork();

/** Expects a request for a page of a list. */
const expectList = (path: string, query: JsonObject, rows: readonly unknown[], hasMore = false) =>
  tutorCruncherApi()
    .get(`/api/${path}/`)
    .query(query as nock.DataMatcherMap)
    .reply(200, page(rows, hasMore));

/** Expects a request for the branch, with the response of a branch in London or another one. */
const expectBranch = (status = 200, branch: JsonObject = { id: 1, name: 'Bristol', timezone: 'Europe/London' }) =>
  tutorCruncherApi().get('/api/branch/').reply(status, branch);

/** Expects a request for an object. */
const expectDetail = (path: string, id: number, body: JsonObject | null) =>
  tutorCruncherApi()
    .get(`/api/${path}/${id}/`)
    .reply(body ? 200 : 404, body ?? { detail: 'Not found.' });

describe('the searches', () => {
  it('do not require any single input', () => {
    for (const { inputs } of objectSearches) {
      for (const { field } of inputs) expect(field.required ?? false).toBe(false);
    }
  });

  it.each(objectSearches.map(({ definition }) => definition.key))(
    '%s refuses to search without criteria',
    async (key) => {
      for (const inputData of [{}, { email: ' ', find_name: '', find_client: null, find_job: [], find_status: '' }]) {
        expect(await failureOf(find(key, inputData))).toMatch(/^This step .*Fill in/);
      }
    },
  );

  it.each([
    ['find_client', 'client', 'clients', client],
    ['find_tutor', 'tutor', 'contractors', tutor],
    ['find_student', 'student', 'recipients', student],
    ['find_affiliate', 'affiliate', 'agents', affiliate],
    ['find_job', 'job', 'services', job],
    ['find_lesson', 'lesson', 'appointments', lesson],
  ] as const)(
    '%s reads the record that was chosen, and fails if it does not exist',
    async (key, input, path, object) => {
      expectDetail(path, 77, detail(object, { id: 77 }));
      const [record] = await find(key, { [input]: '77', find_name: 'unused', email: 'unused@example.com' });
      expect(record).toMatchObject({ id: 77, matches: 1 });
      expect(Object.keys(record ?? {})).toEqual([...Object.keys(object.ownSample), 'matches']);

      expectDetail(path, 78, null);
      expect(await failureOf(find(key, { [input]: 78 }))).toMatch(
        /does not exist, or no longer exists, in this branch/,
      );
      expect(await failureOf(find(key, { [input]: '12/take_payment' }))).toMatch(/does not contain an ID/);
    },
  );
});

describe('find_client', () => {
  const row = {
    id: 301,
    first_name: 'Priya',
    last_name: 'Raman',
    email: 'Priya.Raman@example.com',
    url: 'https://x/301/',
  };

  it('finds a client by email address, trimmed and in lower case', async () => {
    expectList('clients', { user__email: 'priya.raman@example.com' }, [row]);
    expectDetail('clients', 301, detail(client));
    const records = await find('find_client', { email: ' Priya.Raman@Example.com ', find_last_name: 'Unused' });
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ id: 301, client_id: 301, client_name: 'Priya Raman', client_status: 'live' });
  });

  it('returns the same fields as a trigger for the same client', async () => {
    const subject = detail(client);
    expectList('clients', { user__email: 'priya.raman@example.com' }, [row]);
    expectDetail('clients', 301, subject);
    const [found = {}] = await find('find_client', { email: 'priya.raman@example.com' });
    const fromTrigger = await recordWith('client_updated', subject);
    const { id, matches, ...fields } = found;
    expect([id, matches]).toEqual([301, 1]);
    expect(fromTrigger).toMatchObject(fields);
  });

  it('finds a client by names, and skips other clients that the API returns', async () => {
    const other = { ...row, id: 302, first_name: 'Priyanka' };
    expectList('clients', { user__first_name: 'priya', user__last_name: 'RAMAN' }, [other, row]);
    expectDetail('clients', 301, detail(client));
    const [record] = await find('find_client', { find_first_name: ' priya', find_last_name: 'RAMAN' });
    expect(record?.id).toBe(301);
  });

  it.each([
    ['priya raman', ['priya', 'raman'], ['Priya', 'Raman']],
    ["ZOË O'NEILL-smith", ['ZOË', "O'NEILL-smith"], ['Zoë', "O'Neill-Smith"]],
    ['van McDonald', ['van', 'McDonald'], ['Van', 'McDonald']],
  ])('searches for "%s" as typed, and then capitalised', async (_name, typed, capitalised) => {
    const [first = '', last = ''] = capitalised;
    expectList('clients', { user__first_name: typed[0], user__last_name: typed[1] }, []);
    expectList('clients', { user__first_name: first, user__last_name: last }, [
      { ...row, first_name: first, last_name: last },
    ]);
    expectDetail('clients', 301, detail(client));
    expect(await find('find_client', { find_first_name: typed[0], find_last_name: typed[1] })).toHaveLength(1);
  });

  it('searches only once for a name that is capitalised', async () => {
    expectList('clients', { user__last_name: 'McDonald' }, []);
    expect(await find('find_client', { find_last_name: 'McDonald' })).toEqual([]);
  });

  it('reads rows and details in the older shape', async () => {
    const { id, url, ...user } = row;
    expectList('clients', { user__email: 'priya.raman@example.com' }, [{ id, url, user }]);
    expectDetail('clients', 301, { id, url, user, status: 'live' });
    const [record] = await find('find_client', { email: 'priya.raman@example.com' });
    expect(record).toMatchObject({ id: 301, client_name: 'Priya Raman', client_status: 'live' });
  });

  it('finds nothing if no client matches', async () => {
    expectList('clients', { user__email: 'nobody@example.com' }, []);
    expect(await find('find_client', { email: 'nobody@example.com' })).toEqual([]);
  });

  it('searches for an email address as typed if it has capital letters and is not found in lower case', async () => {
    expectList('clients', { user__email: 'priya.raman@example.com' }, []);
    expectList('clients', { user__email: 'Priya.Raman@example.com' }, [row]);
    expectDetail('clients', 301, detail(client));
    expect(await find('find_client', { email: 'Priya.Raman@example.com' })).toHaveLength(1);
  });

  it('never finds a stranger if the API ignores the filter, and reports that it could not search everything', async () => {
    const stranger = { ...row, email: 'stranger@example.com' };
    expectList('clients', { user__email: 'nobody@example.com' }, [stranger]);
    expect(await find('find_client', { email: 'nobody@example.com' })).toEqual([]);

    expectList('clients', { user__email: 'nobody@example.com' }, [stranger], true);
    for (let number = 2; number <= 5; number++) {
      expectList('clients', { user__email: 'nobody@example.com', page: String(number) }, [stranger], true);
    }
    expect(await failureOf(find('find_client', { email: 'nobody@example.com' }))).toMatch(
      /too many clients .* cannot tell whether one of them matches\. Search by the whole email address/,
    );
  });

  it('skips a client that was deleted after it was listed', async () => {
    expectList('clients', { user__email: 'priya.raman@example.com' }, [row, { ...row, id: 299 }]);
    expectDetail('clients', 301, null);
    expectDetail('clients', 299, detail(client, { id: 299 }));
    const [record] = await find('find_client', { email: 'priya.raman@example.com' });
    expect(record?.id).toBe(299);
  });

  it('takes the first of several clients with the same name, and counts them', async () => {
    const rows = [{ ...row, id: 303, last_name: 'Rama' }, { ...row, id: 302 }, row];
    expectList('clients', { user__first_name: 'Priya', user__last_name: 'Raman' }, rows);
    expectDetail('clients', 302, detail(client, { id: 302 }));
    const records = await find('find_client', { find_first_name: 'Priya', find_last_name: 'Raman' });
    expect(records).toMatchObject([{ id: 302, matches: 2 }]);
  });

  it('does not count clients that were deleted after they were listed', async () => {
    expectList('clients', { user__last_name: 'Raman' }, [{ ...row, id: 302 }, row]);
    expectDetail('clients', 302, null);
    expectDetail('clients', 301, detail(client));
    expect(await find('find_client', { find_last_name: 'Raman' })).toMatchObject([{ id: 301, matches: 1 }]);
  });

  it('does not accept several values in one field', async () => {
    const message = await failureOf(find('find_client', { email: ['a@example.com', 'b@example.com'] }));
    expect(message).toBe('The field "Email" of this step contains several values. Map a single value into it.');
    expect(await failureOf(find('find_client', { email: { a: 1 } }))).toMatch(
      /^The field "Email" .* neither text nor a number/,
    );
  });
});

describe('find_student', () => {
  const leo = { id: 503, first_name: 'Leo', last_name: 'Raman', email: '' };
  const mia = { id: 504, first_name: 'Mia', last_name: 'Raman', email: 'mia@example.com' };
  const family = detail(client, { paid_recipients: [leo, mia] });

  it('finds a student of a client by name or email address without searching the list', async () => {
    expectDetail('clients', 301, family);
    expectDetail('recipients', 503, detail(student));
    expect((await find('find_student', { client: '301', find_first_name: 'leo' }))[0]?.id).toBe(503);

    expectDetail('clients', 301, family);
    expectDetail('recipients', 504, detail(student, { id: 504 }));
    expect((await find('find_student', { client: '301', email: 'MIA@example.com' }))[0]?.id).toBe(504);

    expectDetail('clients', 301, family);
    expectDetail('recipients', 503, null);
    expectDetail('recipients', 504, detail(student, { id: 504 }));
    expect(await find('find_student', { client: '301', find_last_name: 'Raman' })).toMatchObject([
      { id: 504, matches: 1 },
    ]);

    expectDetail('clients', 301, family);
    expect(await find('find_student', { client: '301', find_first_name: 'Ada' })).toEqual([]);
  });

  it('takes the only student of a client, but does not guess among several', async () => {
    expectDetail('clients', 301, detail(client, { paid_recipients: [leo] }));
    expectDetail('recipients', 503, detail(student));
    expect(await find('find_student', { client: '301' })).toHaveLength(1);

    expectDetail('clients', 301, family);
    expect(await failureOf(find('find_student', { client: '301' }))).toMatch(/^This client has several students/);
  });

  it('fails if the client does not exist', async () => {
    expectDetail('clients', 301, null);
    expect(await failureOf(find('find_student', { client: '301', find_first_name: 'Leo' }))).toMatch(/does not exist/);
  });

  it('searches all students if the details of a client do not contain its students', async () => {
    const silent = detail(client, { paid_recipients: null });
    expectDetail('clients', 301, silent);
    expectList('recipients', { user__first_name: 'Leo' }, [leo, { ...leo, id: 510 }]);
    expectDetail('recipients', 503, detail(student, { paying_client: { id: 999 } }));
    expectDetail('recipients', 510, detail(student, { id: 510, paying_client: 301 }));
    expect((await find('find_student', { client: '301', find_first_name: 'Leo' }))[0]?.id).toBe(510);

    expectDetail('clients', 301, silent);
    expect(await failureOf(find('find_student', { client: '301' }))).toMatch(/Fill in a name or an email/);
  });

  it('finds a student without a client', async () => {
    expectList('recipients', { user__last_name: 'Raman' }, [leo]);
    expectDetail('recipients', 503, detail(student));
    expect(await find('find_student', { find_last_name: 'Raman' })).toHaveLength(1);
  });
});

describe('find_job', () => {
  const maths = { id: 705, name: 'GCSE Maths for Leo', status: 'in-progress' };

  it('prefers an exact name on a later page to a part of a name on an earlier page', async () => {
    expectList('services', {}, [{ id: 710, name: 'Extra: GCSE Maths for Leo', status: 'pending' }], true);
    expectList('services', { page: '2' }, [maths]);
    expectDetail('services', 705, detail(job));
    expect((await find('find_job', { find_name: 'gcse maths  for leo' }))[0]?.id).toBe(705);
  });

  it('finds a part of a name if there is no exact match', async () => {
    expectList('services', {}, [maths]);
    expectDetail('services', 705, detail(job));
    expect((await find('find_job', { find_name: 'maths' }))[0]?.id).toBe(705);
  });

  it.each([
    ['maths', []],
    ['gcse maths  for leo', [705]],
  ])('searches only whole names for "%s" if requested, and finds the jobs %j', async (name, ids) => {
    expectList('services', {}, [maths]);
    if (ids.length > 0) expectDetail('services', 705, detail(job));
    const found = await find('find_job', { find_name: name, find_whole_name: true });
    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  it('compares status and label', async () => {
    const jobs = [{ ...maths, id: 712, status: 'finished' }, { ...maths, id: 711 }, maths];
    expectList('services', { labels: '26' }, jobs);
    expectDetail('services', 711, detail(job, { id: 711, labels: [] }));
    expectDetail('services', 705, detail(job));
    const found = await find('find_job', { find_name: maths.name, find_label: '26', find_status: 'In Progress' });
    expect(found[0]?.id).toBe(705);
  });

  it('finds the job of a student among jobs with the same name', async () => {
    expectList('services', {}, [{ ...maths, id: 713 }, { ...maths, id: 714 }, maths]);
    expectDetail('services', 713, detail(job, { id: 713, rcrs: [{ recipient: 504 }] }));
    expectDetail('services', 714, detail(job, { id: 714, rcrs: null }));
    expectDetail('services', 705, detail(job));
    const found = await find('find_job', { find_name: maths.name, find_student: '503' });
    expect(found.map(({ id }) => id)).toEqual([705]);
  });

  it('does not search only by label or status, or by an unknown status', async () => {
    expect(
      await failureOf(find('find_job', { find_label: '26', find_status: 'finished', find_student: '503' })),
    ).toMatch(/Fill in Find Name/);
    expect(await failureOf(find('find_job', { find_name: 'x', find_status: 'done' }))).toBe(
      'The field "Find Status" of this step must contain one of these: Pending; Available; In Progress; Finished; Gone Cold.',
    );
  });

  it('fails instead of finding nothing if there are more jobs than it can check', async () => {
    expectList('services', {}, [maths], true);
    for (let number = 2; number <= 10; number++) expectList('services', { page: String(number) }, [maths], true);
    expect(await failureOf(find('find_job', { find_name: 'Physics' }))).toMatch(/too many jobs .* Fill in Find Label/);
  });
});

it('a search stops reading a list after 20 seconds, so that the step ends before Zapier stops it', async () => {
  const realNow = Date.now;
  let passedMs = 0;
  const now = jest.spyOn(Date, 'now').mockImplementation(() => realNow() + passedMs);
  for (const query of [{}, { page: '2' }]) {
    tutorCruncherApi()
      .get('/api/services/')
      .query(query)
      .reply(() => {
        passedMs += 10_500;
        return [200, page([{ id: 1, name: 'Maths' }], true)];
      });
  }
  expect(await failureOf(find('find_job', { find_name: 'Physics' }))).toMatch(/too many jobs/);
  now.mockRestore();
});

describe('find_lesson', () => {
  const row = (id: number, start: string, changes: JsonObject = {}) => ({
    id,
    start,
    status: 'planned',
    service: { id: 705 },
    ...changes,
  });
  const rows = [row(1, '2026-06-10T16:00:00Z'), row(2, '2026-06-17T16:00:00Z'), row(3, '2026-06-03T16:00:00Z')];

  it('finds the latest or the earliest lesson by start, regardless of the order of the list', async () => {
    expectList('appointments', { recipient: '503' }, rows);
    expectDetail('appointments', 2, detail(lesson, { id: 2 }));
    expect((await find('find_lesson', { find_student: '503' }))[0]?.id).toBe(2);

    expectList('appointments', { recipient: '503' }, rows);
    expectDetail('appointments', 3, detail(lesson, { id: 3 }));
    const earliest = await find('find_lesson', { find_student: '503', find_which: 'earliest' });
    expect(earliest).toMatchObject([{ id: 3, matches: 3 }]);
  });

  it('sends every criterion and compares each lesson with all of them', async () => {
    const query = {
      recipient: '503',
      client: '301',
      contractor: '402',
      service: '705',
      status: 'planned',
      start_gte: '2026-06-01T00:00:00+01:00',
      start_lte: '2026-07-01T00:00:00+01:00',
    };
    expectList('appointments', query, [
      row(11, '2026-06-20T16:00:00Z', { service: { id: 9 } }),
      row(12, '2026-06-20T16:00:00Z', { status: 'complete' }),
      // The earliest and the latest start are included.
      row(13, '2026-05-31T22:59:59Z'),
      row(14, '2026-06-30T23:00:01Z'),
      row(15, '2026-06-30T23:00:00Z'),
      row(16, '2026-06-18T16:00:00Z'),
      row(17, '2026-06-17T16:00:00Z'),
      row(18, '2026-05-31T23:00:00Z'),
    ]);
    expectDetail('appointments', 15, detail(lesson, { id: 15, rcras: [] }));
    expectDetail('appointments', 16, detail(lesson, { id: 16, cjas: null }));
    expectDetail('appointments', 17, detail(lesson, { id: 17, rcras: [{ recipient: 503, paying_client: 9 }] }));
    expectDetail('appointments', 18, detail(lesson, { id: 18 }));
    expectBranch();
    const found = await find(
      'find_lesson',
      {
        find_student: '503',
        find_client: '301',
        find_tutor: '402',
        find_job: '705',
        find_status: 'Planned',
        find_after: '2026-06-01T00:00',
        find_before: '2026-07-01T00:00:00+0100',
      },
      { timezone: 'America/New_York' },
    );
    expect(found[0]?.id).toBe(18);
  });

  it('writes times in the time zone of the branch', async () => {
    expectBranch();
    expectList('appointments', { service: '705' }, rows.slice(0, 1));
    expectDetail('appointments', 1, detail(lesson, { id: 1 }));
    const [record] = await find('find_lesson', { find_job: '705' }, { timezone: 'America/New_York' });
    expect(record?.lesson_when).toBe('Wed 10 Jun 2026, 17:00 to 18:30');
  });

  it('fails instead of guessing if there are too many lessons, or too many to compare', async () => {
    expectList('appointments', { contractor: '402' }, rows, true);
    for (const number of ['2', '3']) expectList('appointments', { contractor: '402', page: number }, rows, true);
    expectList('appointments', { contractor: '402', start_gte: '2026-06-17T16:00:00Z' }, rows, true);
    expect(await failureOf(find('find_lesson', { find_tutor: '402' }))).toMatch(
      /too many lessons .* Fill in Starts At or After or Starts At or Before/,
    );

    const many = [1, 2, 3, 4, 5, 6].map((id) => row(id, `2026-06-0${id}T16:00:00Z`));
    expectList('appointments', { contractor: '9' }, many);
    for (const id of [6, 5, 4, 3, 2]) expectDetail('appointments', id, detail(lesson, { id }));
    expect(await failureOf(find('find_lesson', { find_tutor: '9' }))).toMatch(/too many lessons/);
  });

  it.each([
    ['tomorrow', 'does not contain a date and time'],
    ['2026-02-30T10:00:00Z', 'does not contain a date and time'],
    ['2026-06-10T25:00:00Z', 'does not contain a date and time'],
    ['2026-06-10', 'contains a date without a time'],
    ['2026-06-10T10:00', 'has no time zone'],
  ])('refuses the time %s', async (find_after, problem) => {
    if (problem === 'has no time zone') expectBranch(404, {});
    const message = await failureOf(find('find_lesson', { find_job: '705', find_after }));
    expect(message).toContain(`The field "Starts At or After" of this step ${problem}`);
  });
});

describe('find_ad_hoc_charge', () => {
  const row = (id: number, date: string, changes: JsonObject = {}) => ({
    id,
    date_occurred: date,
    category_id: 5,
    ...changes,
  });

  it('finds the latest charge that meets all criteria', async () => {
    const query = {
      client: '301',
      contractor: '402',
      service: '705',
      category: '5',
      date_occurred_gte: '2026-05-30',
      date_occurred_lte: '2026-07-02',
    };
    expectList('adhoccharges', query, [
      row(1, '2026-06-10'),
      row(2, '2026-06-20', { category_id: 6 }),
      row(3, '2026-05-31'),
      row(4, '2026-07-01'),
      row(5, '2026-06-19'),
      row(6, '2026-06-18'),
      row(7, '2026-06-17'),
    ]);
    const matching = { client: { id: 301 }, contractor: { id: 402 }, service: { id: 705 } };
    expectDetail('adhoccharges', 5, detail(adHocCharge, { ...matching, id: 5, client: null }));
    expectDetail('adhoccharges', 6, detail(adHocCharge, { ...matching, id: 6, contractor: null }));
    expectDetail('adhoccharges', 7, detail(adHocCharge, { ...matching, id: 7, service: { id: 9 } }));
    expectDetail('adhoccharges', 1, detail(adHocCharge, { ...matching, id: 1 }));
    expectBranch();
    const found = await find(
      'find_ad_hoc_charge',
      {
        find_client: '301',
        find_tutor: '402',
        find_job: '705',
        find_category: '5',
        find_after: '2026-06-01',
        find_before: '2026-06-30T23:30:00Z',
      },
      { timezone: 'America/New_York' },
    );
    expect(found[0]?.id).toBe(1);
  });

  it('uses the date that the author of the time saw', async () => {
    expectList('adhoccharges', { client: '301', date_occurred_gte: '2026-06-08' }, []);
    const find_after = '2026-06-10T23:30:00-04:00';
    expectBranch();
    expect(await find('find_ad_hoc_charge', { find_client: '301', find_after })).toEqual([]);
    expect(await failureOf(find('find_ad_hoc_charge', { find_client: '301', find_after: 'June' }))).toMatch(
      /^The field "From Date" of this step does not contain a date/,
    );
  });

  it('requires a client, a tutor or a job', async () => {
    expect(await failureOf(find('find_ad_hoc_charge', { find_category: '5' }))).toMatch(/whose charge to find/);
  });
});

describe.each([
  ['find_invoice', 'invoices', invoice, 'invoice'],
  ['find_credit_request', 'proforma-invoices', creditRequest, 'credit request'],
] as const)('%s', (key, path, object, noun) => {
  const row = (id: number, changes: JsonObject = {}) => ({
    display_id: `X-${id}`,
    client: { id: 301 },
    date_sent: '2026-06-09T09:00:00Z',
    status: 'unpaid',
    url: `https://x/${id}/`,
    ...changes,
  });
  const expectFound = (id: number, changes: JsonObject = {}) =>
    expectDetail(path, id, detail(object, { ...row(id, changes), id }));

  it.each(['X-148', ' x-148 ', '148', '0148'])('finds the number "%s", whatever its status', async (find_number) => {
    const wanted = row(148, { status: 'draft', date_sent: null });
    expectList(path, {}, [row(1480), row(1148), wanted], true);
    expectFound(148, wanted);
    expect(await find(key, { find_number })).toMatchObject([{ id: 148, matches: 1 }]);
  });

  it.each<[string, JsonObject, JsonObject[], number | null]>([
    ['the newest of a client', {}, [row(9, { client: { id: 302 } }), row(8), row(7)], 8],
    [
      'the newest with a status',
      { find_status: 'Payment Pending' },
      [row(8), row(7, { status: 'payment-pending' })],
      7,
    ],
    ['one that was sent before a draft', {}, [row(9, { status: 'draft', date_sent: null }), row(8)], 8],
    ['a draft if there is no other', {}, [row(9, { status: 'draft', date_sent: null })], 9],
    [
      'a draft if it is the chosen status',
      { find_status: 'draft' },
      [row(8), row(9, { status: 'draft', date_sent: null })],
      9,
    ],
    ['a number of this client only', { find_number: '8' }, [row(8, { client: { id: 302 } })], null],
    ['a number with this status only', { find_number: '8', find_status: 'paid' }, [row(8)], null],
  ])('finds %s', async (_name, criteria, rows, id) => {
    expectList(path, {}, rows);
    if (id !== null)
      expectFound(
        id,
        rows.find(({ url }) => url === `https://x/${id}/`),
      );
    expect((await find(key, { find_client: '301', ...criteria })).map((record) => record.id)).toEqual(
      id === null ? [] : [id],
    );
  });

  it('skips one whose status has changed since it was listed', async () => {
    expectList(path, {}, [row(8), row(7)]);
    expectFound(8, { status: 'paid' });
    expectFound(7);
    expect(await find(key, { find_client: '301', find_status: 'unpaid' })).toMatchObject([{ id: 7 }]);
  });

  it('tells how far it has looked if the list is longer than its limit', async () => {
    for (let number = 1; number <= 10; number++) {
      const rows = Array.from({ length: 100 }, (_, index) =>
        row(2000 - index, { date_sent: `2026-0${10 - Math.min(number, 9)}-02T09:00:00Z` }),
      );
      expectList(
        path,
        number === 1 ? {} : { page: String(number) },
        [...rows.slice(1), row(1, { date_sent: null })],
        true,
      );
    }
    expect(await failureOf(find(key, { find_number: '3' }))).toBe(
      `None of the newest 1,000 ${noun}s in TutorCruncher matches, back to 2026-01-02. This step does not compare older ones, so ` +
        `it cannot tell whether one of them matches. To read an older ${noun}, use API Request with its ID.`,
    );
  });

  it('requires a number or a client', async () => {
    expect(await failureOf(find(key, { find_status: 'paid' }))).toBe(
      `This step does not say which ${noun} to find. Fill in Find Number or Find Client.`,
    );
  });
});

describe('find_report', () => {
  const row = (id: number, appointment: number, student: number) => ({
    url: `https://x/${id}/`,
    appointment: { id: appointment },
    service_recipient: { id: student },
    dt_created: '2026-06-10T18:05:00Z',
  });
  const text = [{ machine_name: 'progress', name: 'Progress', type: 'Long Textbox', value: 'Solved &pound;5 puzzles' }];
  // TutorCruncher may ignore the filters.
  const rows = [row(4, 9107, 504), row(3, 9106, 504), row(2, 9106, 503), row(1, 9105, 503)];

  it.each<[JsonObject, JsonObject, number | null]>([
    [{ find_lesson: '9106' }, { appointment: '9106' }, 3],
    [{ find_student: '503' }, { service_recipient: '503' }, 2],
    [{ find_lesson: '9106', find_student: '503' }, { appointment: '9106', service_recipient: '503' }, 2],
    [{ find_lesson: '9', find_student: '503' }, { appointment: '9', service_recipient: '503' }, null],
  ])('finds the report of %j with its text', async (inputData, query, id) => {
    expectList('reports', query, rows);
    if (id === null) {
      expect(await find('find_report', inputData)).toEqual([]);
      return;
    }
    expectDetail('reports', id, detail(report, { id, extra_attrs: text }));
    expect(await find('find_report', inputData)).toMatchObject([{ id, custom_progress_text: 'Solved £5 puzzles' }]);
  });

  it('requires a lesson or a student', async () => {
    expect(await failureOf(find('find_report', {}))).toMatch(/does not say which report to find/);
  });
});

describe('the output fields of a search', () => {
  it("include the account's custom fields, unless they cannot be read", async () => {
    const [clientSearch, , , , , , chargeSearch] = objectSearches;
    const bundle = { authData: { private_key: PRIVATE_KEY } };
    expectList('clients', {}, [{ id: 301 }]);
    expectDetail(
      'clients',
      301,
      detail(client, { extra_attrs: [{ machine_name: 'school', name: 'School', value: 'x' }] }),
    );
    const fields = (await appTester(clientSearch?.definition.operation.outputFields, bundle, true)) as {
      key: string;
    }[];
    const keys = [...client.ownOutputFields.map(({ key }) => key), 'custom_school', 'matches'];
    expect(fields.map(({ key }) => key)).toEqual(keys);
    expect(fields[0]).toEqual({ key: 'id', label: 'Record ID', type: 'number' });
    expect(fields.at(-1)).toEqual({ key: 'matches', label: 'Matches', type: 'number' });

    const ofCharges = await appTester(chargeSearch?.definition.operation.outputFields, bundle, true);
    expect(ofCharges).toEqual([...adHocCharge.ownOutputFields, { key: 'matches', label: 'Matches', type: 'number' }]);
  });
});
