/** The actions that add and remove a label, against the stand-in for TutorCruncher's API, and their fields. */

import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { job } from '../../objects/job.ts';
import type { JsonObject } from '../../wire/json.ts';
import { appTester } from '../support/app-tester.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, fieldsOf, find, page } from '../support/steps.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

describe('add_label and remove_label', () => {
  const tutorCruncher = useTutorCruncher();

  it.each([
    ['client', '301'],
    ['tutor', '402'],
    ['student', '503'],
    ['affiliate', '604'],
    ['job', '705'],
  ])('change the labels of a %s, and nothing when they are replayed', async (type, id) => {
    const inputData = { type, [type]: id, label: '24' };
    const records = [];
    for (const key of ['add_label', 'add_label', 'remove_label', 'remove_label']) {
      records.push(await act(key, inputData));
    }
    const [withLabel, without] = [expect.stringContaining('In person'), expect.not.stringContaining('In person')];
    expect(records.map((record) => record[`${type}_label_names`])).toEqual([withLabel, withLabel, without, without]);
    const shared = Object.keys(app.creates.add_label?.operation.sample ?? {});
    expect(Object.keys(records[0] ?? {}).slice(0, 5)).toEqual(shared.slice(0, 5));
    expect(Object.keys(records[0] ?? {}).slice(-2)).toEqual(shared.slice(5));
    expect(records[0]).toMatchObject({ id: Number(id), subject_id: Number(id), [`${type}_id`]: Number(id) });
    const found = await find(`find_${type}`, { [type]: id });
    expect(records.at(-1)).toMatchObject(found[0] ?? {});
    if (type === 'affiliate') return;
    expect(await tutorCruncher.triggered(`${type}_label_added`)).toHaveLength(1);
  });
});

describe('the fields of add_label and remove_label', () => {
  withoutNetwork();

  it('show the dropdown of the chosen type', async () => {
    expect((await fieldsOf('add_label')).map(({ key }) => key)).toEqual(['type', 'label']);
    const fields = await fieldsOf('add_label', { type: 'job' });
    expect(fields.map(({ key }) => key)).toEqual(['type', 'label', 'job']);
    expect(fields[2]).toMatchObject({ dynamic: 'job_list.id.name', search: 'find_job.id', required: true });
  });

  it('show the other fields even if the type is unknown, as a mapped value may be', async () => {
    expect((await fieldsOf('add_label', { type: 'lesson' })).map(({ key }) => key)).toEqual(['type', 'label']);
  });

  it('describe the fields of the chosen type', async () => {
    const method = app.creates.remove_label?.operation.outputFields;
    const outputs = async (inputData: JsonObject) =>
      (await appTester(method, { authData: { private_key: PRIVATE_KEY }, inputData }, true)) as { key: string }[];
    const shared = ['id', 'subject_model', 'subject_id', 'subject_name', 'subject_url', 'branch_name', 'branch_id'];
    expect((await outputs({})).map(({ key }) => key)).toEqual(shared);
    tutorCruncherApi().get('/api/services/').reply(200, page([]));
    const keys = (await outputs({ type: 'job' })).map(({ key }) => key);
    expect(keys).toEqual([...new Set([...shared, ...job.ownOutputFields.map(({ key }) => key)])]);
  });
});
