import { expect, it } from '@jest/globals';

import { apiCalls, type Call } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { expectAnswers } = apiCalls(tutorCruncher);

it.each<[behaviour: string, ...calls: Call[]]>([
  [
    'has no details of some lists, and 404 for other records',
    ...['clients/1/', 'nothing/', 'tenders/88/'].map((path): Call => [`GET ${path}`, null, 404]),
  ],
  [
    'redirects a path without a slash at its end, so that a write to it reads instead',
    ['GET clients?status=dormant', null, { results: [{ id: 302 }] }],
    ['POST clients', { last_name: 'Ng' }, { count: 5 }],
    ['GET clients/?user__last_name=Ng', null, { count: 0 }],
  ],
])('%s', (_behaviour, ...calls) => expectAnswers(...calls));

it('sends the types of a label in lower case', () =>
  expectAnswers(['GET labels/21/', null, { applicable_role_types: expect.arrayContaining(['client', 'service']) }]));

it('responds with 405 to a method that a path does not allow', () =>
  expectAnswers(
    ['POST labels/', {}, 405],
    ['PUT clients/301/', { last_name: 'Ng' }, 405],
    ['PUT invoices/148/', {}, 405],
    ['PUT services/705/add_label/', { label: 24 }, 405],
    ['DELETE enquiry/', null, 405],
  ));
