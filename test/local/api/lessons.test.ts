import { it } from '@jest/globals';

import { apiCalls, LESSON, type Call } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { expectAnswers } = apiCalls(tutorCruncher);

it.each<[behaviour: string, ...calls: Call[]]>([
  [
    'creates a lesson, and responds with the same names as in its details',
    [
      'POST appointments/',
      { ...LESSON, rcras: [{ recipient: 503, charge_rate: 0 }], cjas: [{ contractor: 402 }] },
      {
        id: 9111,
        start: '2027-01-12T16:00:00Z',
        units: '1.00000',
        extra_attrs: {},
        rcras: [{ recipient: 503, charge_rate: '0.00' }],
        cjas: [{ name: 'Hannah Whitlock' }],
      },
    ],
    [
      'GET appointments/9111/',
      null,
      { service: { id: 705, name: 'GCSE Maths for Leo' }, cjas: [{ name: 'Hannah Whitlock' }] },
    ],
    [
      'PUT appointments/9111/',
      { ...LESSON, topic: 'Ratios', rcras: [] },
      { topic: 'Ratios', service: 705, rcras: [{ recipient: 503 }] },
    ],
  ],
])('%s', (_behaviour, ...calls) => expectAnswers(...calls));

it.each<[path: string, body: object, fields: string[]]>([
  ['appointments/', { ...LESSON, status: 'complete' }, ['status']],
  ['appointments/', { ...LESSON, start: '2027-01-12T16:00:00' }, ['start']],
  ['appointments/', { ...LESSON, finish: LESSON.start }, ['finish']],
])('responds to %s with %j by naming the fields that it does not accept', (path, body, fields) =>
  expectAnswers([`POST ${path}`, body, fields]),
);
