import { expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { job } from '../../objects/job.ts';
import { deliver } from '../support/app-tester.ts';

/** Returns the values of a record that are not null. */
const filled = (record: object) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));

it.each(['tutor_removed_from_job', 'student_removed_from_job'])(
  '%s makes a record with only the job from an event about a job',
  async (key) => {
    const { sampleEvent: event } = triggerOf(key);
    const [record = {}] = await deliver(key, deliveryOf({ ...event, actor: null, subject: job.sample.subject }));
    const own = Object.entries(filled(record)).filter(([name]) => !/^(?:event_|branch_(?:id|name)$|id$)/.test(name));
    const url = 'https://app.tutorcruncher.com/api/services/705/';
    expect(Object.fromEntries(own)).toEqual({ job_id: 705, job_name: 'GCSE Maths for Leo', job_url: url });
    expect(Object.keys(record)).toEqual(
      expect.arrayContaining(Object.keys(triggerOf(key).definition.operation.sample)),
    );
  },
);
