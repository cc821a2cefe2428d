/** The fields of the actions that add and remove a label. `people.test.ts` runs the actions. */

import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { job } from '../../objects/job.ts';
import type { JsonObject } from '../../wire/json.ts';
import { appTester } from '../support/app-tester.ts';
import { fieldsOf, page } from '../support/steps.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

describe('add_label and remove_label', () => {
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
