/** The inputs, the chosen record and the output fields of all searches for one record. */

import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { adHocCharge } from '../../objects/ad-hoc-charge.ts';
import { affiliate } from '../../objects/affiliate.ts';
import { client } from '../../objects/client.ts';
import { job } from '../../objects/job.ts';
import { lesson } from '../../objects/lesson.ts';
import { student } from '../../objects/student.ts';
import { tutor } from '../../objects/tutor.ts';
import { objectSearches } from '../../searches/index.ts';
import { appTester } from '../support/app-tester.ts';
import { detail, failureOf, search as find } from '../support/steps.ts';
import { expectDetail, expectList, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

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

  it('need only one of their criteria', async () => {
    expectList('reports', { service_recipient: '503' }, []);
    expect(await find('find_report', { find_lesson: '', find_student: '503' })).toEqual([]);
  });

  it('do not compare an input that another input makes unused, so an empty mapped value does no harm there', async () => {
    expectList('clients', { user__email: 'priya.raman@example.com' }, []);
    const inputs = { email: 'priya.raman@example.com', find_first_name: '' };
    const raw = { find_first_name: '{{123__first_name}}' };
    expect(await find('find_client', inputs, {}, raw)).toEqual([]);
    expect(await failureOf(find('find_client', { find_first_name: '', find_last_name: 'Raman' }, {}, raw))).not.toBe(
      '',
    );
  });

  it('do not compare other inputs if a record is chosen, even if a mapped value is empty', async () => {
    expectDetail('clients', 77, detail(client, { id: 77 }));
    const inputs = { client: '77', email: '' };
    expect(await find('find_client', inputs, {}, { email: '{{123__email}}' })).toMatchObject([{ id: 77 }]);
  });

  it('keep empty values, which Zapier would otherwise remove from the inputs', () => {
    for (const { definition } of objectSearches) expect(definition.operation.cleanInputData).toBe(false);
  });

  it.each(Object.keys(app.searches))('%s never searches without a criterion', async (key) => {
    const blank = { email: ' ', find_first_name: '', find_last_name: null, find_name: '', client: '', find_client: [] };
    expect(await failureOf(find(key, blank))).toMatch(/^This step /);
  });
});

describe('paths', () => {
  const EVIL = [
    '12/take_payment',
    '../clients/301',
    '301?x=1',
    '301#',
    '%2e%2e',
    '３０１',
    '1e3',
    '-1',
    '0',
    '1.5',
    '9'.repeat(16),
  ];

  it.each(['find_client', 'find_tutor', 'find_student', 'find_affiliate', 'find_job', 'find_lesson'])(
    '%s accepts only digits for a record',
    async (key) => {
      for (const value of EVIL) {
        expect(await failureOf(find(key, { [key.slice('find_'.length)]: value }))).toMatch(/does not contain an ID/);
      }
    },
  );
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
