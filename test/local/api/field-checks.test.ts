import { it } from '@jest/globals';

import { apiCalls } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { expectAnswers } = apiCalls(tutorCruncher);

it.each<[path: string, body: object, fields: string[]]>([
  ['clients/', {}, ['last_name']],
  ['appointments/', { topic: 'Ratios' }, ['start', 'finish', 'status', 'service']],
])('responds to %s with %j by naming the fields that it does not accept', (path, body, fields) =>
  expectAnswers([`POST ${path}`, body, fields]),
);

it.each<[fields: object, refused: string[]]>([
  [{ email: 'no-address' }, ['email']],
  [{ photo: 'no-link' }, ['photo']],
  [{ is_taxable: 'true' }, ['is_taxable']],
  [{ town: 'x'.repeat(256) }, ['town']],
  [{ last_name: null }, ['last_name']],
  [{ associated_agent: [601] }, ['associated_agent']],
  [{ town: {} }, ['town']],
])('refuses a client with the fields %j', (fields, refused) =>
  expectAnswers(['POST clients/', { last_name: 'Ng', ...fields }, refused]),
);

it('ignores unknown fields, and requires no field of a person who exists', () =>
  expectAnswers(['POST clients/301/', { unknown: 1, town: null }, { town: null, last_name: 'Raman' }]));
