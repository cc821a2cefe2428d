import { describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { adHocCharge } from '../../objects/ad-hoc-charge.ts';
import { affiliate } from '../../objects/affiliate.ts';
import { client } from '../../objects/client.ts';
import { job } from '../../objects/job.ts';
import { lesson } from '../../objects/lesson.ts';
import { student } from '../../objects/student.ts';
import { tutor } from '../../objects/tutor.ts';
import { objectSearches } from '../../searches/index.ts';
import type { JsonObject } from '../../wire/json.ts';
import { appTester } from '../support/app-tester.ts';
import { detail, failureOf, search as find } from '../support/steps.ts';
import { expectDetail, expectList, tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

/** Expects a request for the branch. Responds with a branch in London, or with the given response. */
const expectBranch = (status = 200, branch: JsonObject = { id: 1, name: 'Bristol', timezone: 'Europe/London' }) =>
  tutorCruncherApi().get('/api/branch/').reply(status, branch);

describe('the searches', () => {
  it('do not require any single input', () => {
    for (const { inputs } of objectSearches) {
      for (const { field } of inputs) expect(field.required ?? false).toBe(false);
    }
  });

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

describe('find_job', () => {
  const maths = { id: 705, name: 'GCSE Maths for Leo', status: 'in-progress' };

  it('prefers an exact name on a later page to a part of a name on an earlier page', async () => {
    expectList('services', {}, [{ id: 710, name: 'Extra: GCSE Maths for Leo', status: 'pending' }], true);
    expectList('services', { page: '2' }, [maths], true);
    expectDetail('services', 705, detail(job));
    expect((await find('find_job', { find_name: 'gcse maths  for leo' }))[0]?.id).toBe(705);
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
    ).toMatch(/Fill in "Find Name"/);
    expect(await failureOf(find('find_job', { find_name: 'x', find_status: 'done' }))).toBe(
      'The field "Find Status" of this step must contain one of these: Pending; Available; In Progress; Finished; Gone Cold.',
    );
  });
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

  it('fails instead of guessing if there are too many lessons, or too many to compare', async () => {
    expectList('appointments', { contractor: '402' }, rows, true);
    for (const number of [2, 3]) {
      const others = rows.map((lessonRow) => ({ ...lessonRow, id: lessonRow.id + 10 * number }));
      expectList('appointments', { contractor: '402', page: String(number) }, others, true);
    }
    expectList('appointments', { contractor: '402', start_gte: '2026-06-17T16:00:00Z' }, rows, true);
    expect(await failureOf(find('find_lesson', { find_tutor: '402' }))).toMatch(
      /too many lessons .* Fill in "Starts At or After", "Starts At or Before" or "Find Job"/,
    );

    const many = [1, 2, 3, 4, 5, 6].map((id) => row(id, `2026-06-0${id}T16:00:00Z`));
    expectList('appointments', { contractor: '9' }, many);
    for (const id of [6, 5, 4, 3, 2]) expectDetail('appointments', id, detail(lesson, { id }));
    expect(await failureOf(find('find_lesson', { find_tutor: '9' }))).toMatch(/too many lessons/);
  });
});

describe('find_ad_hoc_charge', () => {
  const row = (id: number, date: string, changes: JsonObject = {}) => ({
    id,
    date_occurred: date,
    category_id: 5,
    description: `Exam fee ${id}`,
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
        find_before: '2026-06-30T22:30:00Z',
      },
      { timezone: 'America/New_York' },
    );
    expect(found[0]).toMatchObject({ id: 1, ad_hoc_charge_description: 'Exam fee 1' });
  });

  it('uses the date of a time in the time zone of the branch', async () => {
    // In London, it is 11 June. Two days are added.
    expectList('adhoccharges', { client: '301', date_occurred_gte: '2026-06-09' }, []);
    const find_after = '2026-06-10T23:30:00-04:00';
    expectBranch();
    expect(await find('find_ad_hoc_charge', { find_client: '301', find_after })).toEqual([]);
    expect(await failureOf(find('find_ad_hoc_charge', { find_client: '301', find_after: 'June' }))).toMatch(
      /^The field "From Date" of this step does not contain a date/,
    );
  });
});

describe('the output fields of a search', () => {
  it("include the account's custom fields, unless they cannot be read", async () => {
    const [clientSearch, , , , , , chargeSearch] = objectSearches;
    const bundle = { authData: { private_key: PRIVATE_KEY } };
    const extra_attrs = [{ machine_name: 'school', name: 'School', value: 'x' }];
    expectList('clients', {}, [{ id: 301 }]);
    expectDetail('clients', 301, detail(client, { extra_attrs }));
    const fields = (await appTester(clientSearch?.definition.operation.outputFields, bundle, true)) as {
      key: string;
    }[];
    const keys = [...client.ownOutputFields.map(({ key }) => key), 'custom_school', 'matches'];
    expect(fields.map(({ key }) => key)).toEqual(keys);
    expect(fields[0]).toEqual({ key: 'id', label: 'Record ID', type: 'number' });
    expect(fields.at(-1)).toEqual({ key: 'matches', label: 'Matches', type: 'number' });

    const ofCharges = await appTester(chargeSearch?.definition.operation.outputFields, bundle, true);
    expect(ofCharges).toEqual([
      ...adHocCharge.ownOutputFields,
      { key: 'ad_hoc_charge_description', label: 'Ad Hoc Charge Description', type: 'string' },
      { key: 'matches', label: 'Matches', type: 'number' },
    ]);
  });
});
