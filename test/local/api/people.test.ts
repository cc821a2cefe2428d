import { it } from '@jest/globals';

import { apiCalls, type Call } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { expectAnswers } = apiCalls(tutorCruncher);

it.each<[behaviour: string, ...calls: Call[]]>([
  [
    'adds a new role to the person with the same email address, whose details both roles then share',
    ['POST contractors/', { last_name: 'Shah', email: 'priya.raman@example.com' }, { id: 407, first_name: 'Priya' }],
    ['GET clients/301/', null, { last_name: 'Shah' }],
    ['POST clients/301/', { mobile: '07700 900999' }, 200],
    ['GET contractors/407/', null, { mobile: '07700 900999' }],
  ],
])('%s', (_behaviour, ...calls) => expectAnswers(...calls));

it.each<[path: string, body: object, fields: string[]]>([
  ['clients/', { last_name: 'Ng', status: 'approved', associated_agent: 9999 }, ['status', 'associated_agent']],
  ['clients/', { last_name: 'Ng', status: 'live', pipeline_stage: 1 }, ['pipeline_stage']],
  ['recipients/', { last_name: 'Ng', paying_client: 9999, academic_year: 99 }, ['paying_client', 'academic_year']],
  ['contractors/402/', { default_rate: '£30' }, ['default_rate']],
])('responds to %s with %j by naming the fields that it does not accept', (path, body, fields) =>
  expectAnswers([`POST ${path}`, body, fields]),
);

it('sends the number 0 as the hours of a tutor who has not worked', () =>
  expectAnswers(['POST contractors/', { last_name: 'Ng' }, { work_done_details: { total_paid_hours: 0 } }]));

it('accepts no other person of the same type with the same email address', () =>
  expectAnswers(['POST clients/', { last_name: 'Ng', email: 'PRIYA.raman@example.com' }, ['email']]));
