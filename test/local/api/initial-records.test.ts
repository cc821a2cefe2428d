import { expect, it } from '@jest/globals';

import { apiCalls, type Call } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { expectAnswers } = apiCalls(tutorCruncher);

it.each<[behaviour: string, ...calls: Call[]]>([
  [
    'has a lesson that one of its students missed, and texts of reports and reviews',
    ['GET appointments/9103/', null, { rcras: [{ status: 'attended' }, { status: 'missed' }] }],
    ['GET reports/1207/', null, { extra_attrs: [{ name: 'Report' }, { name: 'Homework' }] }],
    ['GET reviews/', null, { results: expect.arrayContaining([expect.objectContaining({ id: 64 })]) }],
  ],
])('%s', (_behaviour, ...calls) => expectAnswers(...calls));
