import { expect, it } from '@jest/globals';

import { apiCalls } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { expectAnswers } = apiCalls(tutorCruncher);

const clients = () => tutorCruncher.now.account.list('clients');

it('creates a client with the label for enquiries, and a student', async () => {
  await expectAnswers([
    'POST enquiry/',
    { client_name: 'Zoë van Dyk', service_recipient_name: 'Ida', client_email: 'zoe@example.com' },
    { id: 21_001 },
  ]);
  const { account } = tutorCruncher.now;
  expect(clients()[0]).toMatchObject({
    first_name: 'Zoë van',
    last_name: 'Dyk',
    status: 'prospect',
    labels: [{ id: 26 }],
  });
  expect(account.list('recipients')[0]).toMatchObject({ last_name: 'Ida', paying_client: { id: 306 } });
});

it('creates no second client with the same email address', async () => {
  await expectAnswers(['POST enquiry/', { client_name: 'P', client_email: 'Priya.Raman@example.com' }, {}]);
  expect(clients()).toHaveLength(5);
  expect(await tutorCruncher.deliveries()).toMatchObject([
    { events: [{ action: 'CLIENT_ENQUIRY', subject: { id: 301 } }] },
  ]);
});

it('requires the name, and the fields that the form requires', async () => {
  tutorCruncher.now.behaviour.requiredOnEnquiryForm = ['client_phone', 'date-of-birth'];
  await expectAnswers(
    ['POST enquiry/', {}, ['client_name', 'client_phone', 'attributes']],
    ['POST enquiry/', { client_name: 'Ng', client_phone: '1', attributes: { 'date-of-birth': '2010-02-03' } }, {}],
  );
});
