/** Accept Application and Reject Application against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import { application } from '../objects/application.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, find } from './steps.ts';

const tutorCruncher = useTutorCruncher();

describe.each([
  ['accept_application', 'accept', 'accepted', 'application_accepted'],
  ['reject_application', 'reject', 'rejected', 'application_declined'],
] as const)('%s', (key, verb, status, trigger) => {
  it.each(['91', '92'])(
    'sends only the decision, and returns the application that the webhook contains: %s',
    async (id) => {
      const record = await act(key, { application: id });
      expect(tutorCruncher.writes()).toEqual([{ method: 'POST', path: `/api/tenders/${id}/${verb}/`, body: {} }]);
      expect(tutorCruncher.requests()).toHaveLength(1);
      expect(record).toMatchObject({ id: Number(id), application_id: Number(id), application_status: status });
      expect(Object.keys(record)).toEqual(Object.keys(application.ownSample));
      const [event, ...others] = await tutorCruncher.triggered(trigger);
      expect(others).toEqual([]);
      expect(event).toMatchObject({ application_status: status, job_id: record.job_id, tutor_id: record.tutor_id });
    },
  );

  it.each(['88', '89', '90'])('is refused for an application that is decided or withdrawn: %s', async (id) => {
    expect(await failureOf(act(key, { application: id }))).toBe(
      'TutorCruncher refused to change this application. It may already have been accepted, declined or withdrawn, ' +
        'perhaps by a previous run of this Zap. Look at the application in TutorCruncher. Nothing was changed.',
    );
  });
});

it('puts the tutor on the job only if the application is accepted', async () => {
  const tutorsOfJob = async () => (await find('find_job', { job: '709' }))[0]?.tutor_names;
  tutorCruncher.now.account.change('services', 709, { conjobs: [] });
  await act('reject_application', { application: '91' });
  expect(await tutorsOfJob()).toBe('');
  await act('accept_application', { application: '92' });
  expect(await tutorsOfJob()).toBe('Chloé Marchand');
});
