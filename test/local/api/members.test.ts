import { it } from '@jest/globals';

import { apiCalls, LESSON, JOB, type Call } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { expectAnswers } = apiCalls(tutorCruncher);

it.each<[behaviour: string, ...calls: Call[]]>([
  [
    'gives people on a lesson the rates of the job, even if they have other rates on the job',
    [
      'POST appointments/',
      { ...LESSON, rcras: [{ recipient: 503 }, { recipient: 507, charge_rate: '9' }], cjas: [{ contractor: 404 }] },
      { rcras: [{ charge_rate: '42.00' }, { charge_rate: '9.00' }], cjas: [{ contractor: 404, pay_rate: '30.00' }] },
    ],
    ['POST services/705/contractor/add/', { contractor: 404, pay_rate: '33' }, {}],
    [
      'POST appointments/9110/contractor/add/',
      { contractor: 404 },
      { cjas: [{}, { contractor: 404, pay_rate: '30.00' }] },
    ],
    [
      'POST appointments/',
      { ...LESSON, cjas: [{ contractor: 404 }] },
      { cjas: [{ contractor: 404, pay_rate: '30.00' }] },
    ],
  ],
])('%s', (_behaviour, ...calls) => expectAnswers(...calls));

it.each<[path: string, body: object, fields: string[]]>([
  ['services/', { ...JOB, rcrs: [{ recipient: 503 }, { recipient: 1 }] }, ['rcrs']],
  ['appointments/', { ...LESSON, cjas: [{ contractor: 9999 }] }, ['cjas']],
  ['appointments/9106/recipient/add/', { recipient: 503 }, ['non_field_errors']],
])('responds to %s with %j by naming the fields that it does not accept', (path, body, fields) =>
  expectAnswers([`POST ${path}`, body, fields]),
);

it('keeps a person on a job with a lesson, and removes the others', () =>
  expectAnswers(
    ['POST services/705/contractor/remove/', { contractor: 402 }, ['non_field_errors']],
    ['POST services/705/contractor/remove/', { contractor: 403 }, ['contractor']],
    ['POST services/708/contractor/remove/', { contractor: 406 }, { conjobs: [{ contractor: 405 }] }],
  ));
