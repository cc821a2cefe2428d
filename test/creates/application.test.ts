/** Accept Application and Reject Application against the stand-in for TutorCruncher's API, over HTTP. */

import { expect, it } from '@jest/globals';

import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, find } from '../support/steps.ts';
import { testWrites } from '../support/written-records.ts';

const tutorCruncher = useTutorCruncher();

testWrites(tutorCruncher, {
  accept_application: {
    request: 'POST /api/tenders/92/accept/',
    body: {},
    record: { id: 92, application_id: 92, application_status: 'accepted' },
    trigger: 'application_accepted',
  },
  reject_application: {
    request: 'POST /api/tenders/91/reject/',
    body: {},
    record: { id: 91, application_id: 91, application_status: 'rejected' },
    trigger: 'application_declined',
  },
});

it.each(['accept_application', 'reject_application'])('%s changes only an undecided application', async (key) => {
  for (const application of ['88', '89', '90']) {
    expect(await failureOf(act(key, { application }))).toBe(
      'TutorCruncher refused to change this application. It may already have been accepted, declined or withdrawn, ' +
        'perhaps by a previous run of this Zap. Look at the application in TutorCruncher. Nothing was changed.',
    );
  }
  for (const application of ['91', '92']) expect((await act(key, { application })).id).toBe(Number(application));
});

it('puts the tutor on the job only if the application is accepted', async () => {
  const tutorsOfJob = async () => (await find('find_job', { job: '709' }))[0]?.tutor_names;
  tutorCruncher.now.account.change('services', 709, { conjobs: [] });
  await act('reject_application', { application: '91' });
  expect(await tutorsOfJob()).toBe('');
  await act('accept_application', { application: '92' });
  expect(await tutorsOfJob()).toBe('Chloé Marchand');
});
