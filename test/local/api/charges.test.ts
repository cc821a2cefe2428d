import { expect, it } from '@jest/globals';

import { apiCalls } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { expectAnswers } = apiCalls(tutorCruncher);

it.each<[path: string, body: object, fields: string[]]>([
  ['adhoccharges/', { description: 'Book' }, ['category', 'date_occurred', 'non_field_errors']],
])('responds to %s with %j by naming the fields that it does not accept', (path, body, fields) =>
  expectAnswers([`POST ${path}`, body, fields]),
);

it('adds an amount to the credit request that has not been raised yet', () =>
  expectAnswers(
    [
      'POST proforma-invoices/',
      { client: 302, amount: '10', description: 'Books' },
      { status: 'draft', amount: '10.00', created: true },
    ],
    ['POST proforma-invoices/', { client: 302, amount: '5', description: 'Pens' }, { amount: '15.00', created: false }],
  ));

it.each([
  [301, 'raise', 'payment-pending'],
  [302, 'raise', 'unpaid'],
  [302, 'dont-raise', 'draft'],
])('a credit request of the client %s with the choice %s has the status %s', (client, raise_behaviour, status) =>
  expectAnswers([
    'POST proforma-invoices/',
    { client, amount: '10', description: 'Books', raise_behaviour },
    { status, date_sent: raise_behaviour === 'raise' ? expect.any(String) : null },
  ]),
);
