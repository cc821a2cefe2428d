import { expect, it } from '@jest/globals';

import type { JsonObject } from '../../../wire/json.ts';
import { apiCalls, type Call } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { call, expectAnswers } = apiCalls(tutorCruncher);

it.each<[behaviour: string, ...calls: Call[]]>([
  [
    'returns 100 rows per page, and 404 after the last page',
    ['GET labels/', null, { count: 120, previous: null, next: expect.stringMatching(/\/api\/labels\/\?page=2$/) }],
    ['GET labels/?page=2', null, { next: null, results: { length: 20 } }],
    ['GET labels/?page=3', null, 404],
  ],
])('%s', (_behaviour, ...calls) => expectAnswers(...calls));

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

it('the rows of people have their type', () =>
  expectAnswers(['GET contractors/?user__last_name=Okoro', null, { results: [{ role_type: 'Tutor' }] }]));
