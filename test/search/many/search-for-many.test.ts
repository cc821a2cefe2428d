/** The fields of searches for many, and their requests to TutorCruncher through zapier-platform-core. */

import { describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { lesson } from '../../../objects/lesson.ts';
import { objectSearches } from '../../../searches/index.ts';
import { DETAILS } from '../../../src/search/many/search-for-many.ts';
import type { OutputField } from '../../../src/record/output-fields.ts';
import { appTester } from '../../support/app-tester.ts';
import { failureOf, search } from '../../support/steps.ts';
import { expectList, tutorCruncherApi, withoutNetwork } from '../../support/tutorcruncher-api.ts';

withoutNetwork();

const MANY = objectSearches.filter(({ inputs }) => inputs.includes(DETAILS));

describe('a search for many', () => {
  it('exists for nine kinds of records', () => {
    expect(MANY.map(({ definition }) => definition.key).sort()).toEqual([
      'find_clients',
      'find_credit_requests',
      'find_invoices',
      'find_jobs',
      'find_lessons',
      'find_payment_orders',
      'find_students',
      'find_tasks',
      'find_tutors',
    ]);
  });

  it.each(MANY.map((many) => [many.definition.key, many] as const))(
    '%s has output fields for each value of its sample, and more of them with details',
    async (_key, { definition: { operation } }) => {
      const fieldsWith = async (find_details: unknown) => {
        tutorCruncherApi().persist().get(/./).reply(503, {});
        const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: { find_details } };
        const fields = (await appTester(operation.outputFields, bundle, true)) as OutputField[];
        return fields.map(({ key }) => key);
      };
      const fields = await fieldsWith(undefined);
      const { is_complete, matches } = operation.sample;
      expect(fields).toEqual(Object.keys(operation.sample));
      expect([matches, is_complete]).toEqual([1, true]);
      const withDetails = await fieldsWith('true');
      expect(withDetails).toEqual(expect.arrayContaining(fields));
      expect(withDetails.length).toBeGreaterThan(fields.length);
      const { default: nock } = await import('nock');
      nock.cleanAll();
    },
  );

  it('has labels for the summary that say what its values are', () => {
    const labels = MANY.flatMap(({ ownFields }) => ownFields().map(({ label }) => label));
    expect([...new Set(labels)]).toEqual([
      'Matches',
      'Matches as Text',
      'Is Complete',
      'Total Hours',
      'Total Amount',
      'Total Amount (Number)',
      'Total Still to Pay',
      'Total Still to Pay (Number)',
    ]);
  });
});

describe('the check of a filter', () => {
  const expectProbe = (status: number) =>
    tutorCruncherApi()
      .get('/api/appointments/')
      .query({ recipient: '2147483647' })
      .reply(status, { recipient: ['No.'] });
  const expectBranch = () => tutorCruncherApi().get('/api/branch/').reply(200, { id: 1 });

  it('takes status 400 as a sign that TutorCruncher compares the value', async () => {
    expectProbe(400);
    expectList('appointments', { recipient: '503' }, [{ ...lesson.sample.subject, id: 5 }]);
    expectBranch();
    expect(await search('find_lessons', { find_student: '503' })).toMatchObject([{ id: 5, matches: 1 }]);
  });

  it.each([403, 503])('fails with status %i, and finds nothing by it', async (status) => {
    expectProbe(status);
    expect(await failureOf(search('find_lessons', { find_student: '503' }))).not.toBe('');
  });
});
