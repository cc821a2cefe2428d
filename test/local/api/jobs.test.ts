import { expect, it } from '@jest/globals';

import { isJsonObject, type JsonObject } from '../../../wire/json.ts';
import { apiCalls, JOB, type Call } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { expectAnswers } = apiCalls(tutorCruncher);

it.each<[behaviour: string, ...calls: Call[]]>([
  [
    'creates a job with people, and ignores people when it updates one',
    [
      'POST services/',
      { ...JOB, rcrs: [{ recipient: 503 }], conjobs: [{ contractor: 402 }] },
      {
        id: 710,
        name: 'Latin',
        dft_charge_rate: 40,
        conjobs: [{ contractor: 402, name: 'Hannah Whitlock' }],
        rcrs: [{ recipient: 503, recipient_name: 'Leo Raman', paying_client: 301, paying_client_name: 'Priya Raman' }],
      },
    ],
    ['PUT services/710/', { ...JOB, name: 'Greek', rcrs: [] }, { name: 'Greek', rcrs: [{ recipient: 503 }] }],
    ['PUT services/710/', { ...JOB, branch_tax_setup: 'Company Tax (20%)' }, ['branch_tax_setup']],
    ['POST services/710/', JOB, 405],
  ],
])('%s', (_behaviour, ...calls) => expectAnswers(...calls));

it('decides an application once, and adds an accepted tutor to the job', async () => {
  const { account } = tutorCruncher.now;
  const [application] = account.list('tenders');
  const { id, service, contractor }: JsonObject = application ?? {};
  await expectAnswers(
    [`POST tenders/${String(id)}/accept/`, {}, { status: 'accepted' }],
    [`POST tenders/${String(id)}/reject/`, {}, ['non_field_errors']],
  );
  const job = account.find('services', isJsonObject(service) && service.id);
  const tutor = isJsonObject(contractor) && contractor.id;
  expect(job?.conjobs).toContainEqual(expect.objectContaining({ contractor: tutor }));
});
