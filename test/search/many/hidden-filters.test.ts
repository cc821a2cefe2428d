/** The filters of a search for many records whose effect the rows do not show. */

import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { client } from '../../../objects/client.ts';
import { job } from '../../../objects/job.ts';
import { InputValues } from '../../../src/inputs/input.ts';
import { recordInput } from '../../../src/inputs/record-input.ts';
import { idFilters, refuseIgnored, type HiddenFilter } from '../../../src/search/many/hidden-filters.ts';
import { StepRun } from '../../../src/api/step-run.ts';
import type { TutorCruncherObject } from '../../../src/object/tutorcruncher-object.ts';
import { directZWith } from '../../support/direct-z.ts';
import { failureOf } from '../../support/steps.ts';

const bundleWith = (inputData: object) => ({ authData: { private_key: PRIVATE_KEY }, inputData }) as unknown as Bundle;

it('each chosen record is a filter, except one that the step itself uses', async () => {
  const client = recordInput('client', 'client_list', {});
  const tutor = recordInput('tutor', 'tutor_list', { becomes: 'contractor' });
  const address = recordInput('address', 'client_list', { becomes: null });
  const student = recordInput('student', 'student_list', {});
  const inputs = [client, tutor, address, student];
  const z = directZWith(() => ({}));
  const values = await InputValues.read(inputs, StepRun.ofSearch(z, bundleWith({ client: 7, tutor: 8, address: 9 })));
  expect(idFilters(values, inputs)).toEqual([
    { criterion: 'Client', params: { client: '7' }, probe: { client: 2_147_483_647 } },
    { criterion: 'Tutor', params: { contractor: '8' }, probe: { contractor: 2_147_483_647 } },
  ]);
});

describe('the check of filters', () => {
  const filter = (name: string): HiddenFilter => ({ criterion: name, params: {}, probe: { [name]: 0 } });
  /** The entries of the cache with their lifetimes. */
  const entries = new Map<string, readonly [value: unknown, seconds: unknown]>();
  let requests: string[];
  const spend = jest.fn(() => Promise.resolve());

  beforeEach(() => {
    entries.clear();
    requests = [];
    spend.mockClear();
  });

  /**
   * Checks filters in an account that ignores the filter `ignored` of jobs.
   *
   * @param status - status of the responses to other filters
   */
  const check = (names: readonly string[], status = 200, object: TutorCruncherObject = job) => {
    const { request, ...rest } = directZWith(({ search, pathname }) => {
      requests.push(search);
      if (search.includes('unlisted')) return { count: 1, results: [] };
      return { results: pathname.includes('services') && search.includes('ignored') ? [{ id: 1 }] : [] };
    });
    const z = {
      ...rest,
      request: async (options: { readonly url: string; readonly skipThrowForStatus?: boolean }) => {
        const response = await request(options);
        if (status >= 400 && !options.skipThrowForStatus) throw new Error('The filter was refused.');
        return { ...response, status };
      },
      cache: {
        get: (key: string) => Promise.resolve(entries.get(key)?.[0] ?? null),
        set: (key: string, value: unknown, seconds: unknown) => Promise.resolve(entries.set(key, [value, seconds])),
      },
    } as unknown as ZObject;
    return refuseIgnored(StepRun.ofSearch(z, bundleWith({})), object, names.map(filter), spend);
  };

  it('takes a request for each filter, once a day', async () => {
    await check(['client', 'tutor']);
    await check(['client', 'tutor']);
    expect(requests).toEqual(['?client=0', '?tutor=0']);
    expect(spend).toHaveBeenCalledTimes(2);
    expect([...entries.values()].map(([, seconds]) => seconds)).toEqual([86_400, 86_400]);
  });

  it('fails if TutorCruncher lists records despite the filter, and again from the cache', async () => {
    const message =
      /^TutorCruncher ignores "ignored" when it lists jobs, so this step would also find jobs that do not/;
    expect(await failureOf(check(['client', 'ignored']))).toMatch(message);
    expect(await failureOf(check(['ignored']))).toMatch(message);
    expect(requests).toEqual(['?client=0', '?ignored=0']);
  });

  it('checks each list, because one list can ignore a filter that another list applies', async () => {
    await check(['ignored'], 200, client);
    expect(await failureOf(check(['ignored']))).toMatch(/^TutorCruncher ignores "ignored" when it lists jobs,/);
    await check(['ignored'], 200, client);
    expect(requests).toEqual(['?ignored=0', '?ignored=0']);
  });

  it('fails if TutorCruncher returns a count of records without listing them', async () => {
    expect(await failureOf(check(['unlisted']))).toMatch(/^TutorCruncher ignores "unlisted"/);
  });

  it('accepts a refusal of the value, which shows that TutorCruncher compares it', async () => {
    await expect(check(['client'], 400)).resolves.toBeUndefined();
  });
});
