/** Events whose subject is a job, although they are about an application or about a removed person. */

import { describe, expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { job } from '../../objects/job.ts';
import { deliver } from '../support/app-tester.ts';

const { definition, sampleEvent } = triggerOf('application_created');
const actor = { name: 'Hannah Whitlock', id: 402, user_id: 390, url: '' };
const asJob = { ...sampleEvent, actor, subject: job.sample.subject };

/** Returns a record without the values that are null. */
const filled = (record: object) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));

describe('New Application', () => {
  it.each(['Job', 'Service'])(
    'makes a record with the keys of an application from an event about a %s',
    async (model) => {
      const [record = {}, ...more] = await deliver(
        'application_created',
        deliveryOf({ ...asJob, subject: { ...asJob.subject, model } }),
      );
      expect(more).toEqual([]);
      expect(Object.keys(record)).toEqual(Object.keys(definition.operation.sample));
    },
  );

  it('takes the job from the subject and the tutor from the actor, and leaves the rest null', async () => {
    const [record = {}] = await deliver('application_created', deliveryOf(asJob));
    const values = filled(record);
    expect(values).toMatchObject({
      job_id: 705,
      job_name: 'GCSE Maths for Leo',
      job_status: 'in-progress',
      job_default_charge_rate: 42,
      tutor_id: 402,
      tutor_name: 'Hannah Whitlock',
      actor_name: 'Hannah Whitlock',
      event_action: 'APPLIED_FOR_SERVICE',
    });
    const others = Object.keys(values).filter((key) => !/^(?:job_|event_|actor_|branch_(?:id|name)$|id$)/.test(key));
    expect(others).toEqual(['tutor_name', 'tutor_id']);
  });

  it('has the id of the same event in New Event', async () => {
    const [record] = await deliver('application_created', deliveryOf(asJob));
    const [other] = await deliver('any_event', deliveryOf(asJob));
    const [sent] = await deliver('application_created', deliveryOf(sampleEvent));
    expect(record?.id).toBe(other?.id);
    expect(record?.id).not.toBe(sent?.id);
  });

  it.each<[what: string, actor: unknown, tutor: object]>([
    ['null', null, { tutor_id: null, tutor_name: null }],
    ['an id', 402, { tutor_id: 402, tutor_name: null }],
    ['a name', 'Hannah Whitlock', { tutor_id: null, tutor_name: 'Hannah Whitlock' }],
    [
      'a first and a last name',
      { id: '402', first_name: 'Hannah', last_name: 'Whitlock' },
      { tutor_id: 402, tutor_name: 'Hannah Whitlock' },
    ],
    ['a list', [1], {}],
  ])('accepts an event about a job whose actor is %s', async (_what, someone, tutor) => {
    const records = await deliver('application_created', deliveryOf({ ...asJob, actor: someone }));
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject(tutor);
  });

  it('ignores other events about jobs, and other triggers about applications ignore jobs', async () => {
    expect(await deliver('application_created', deliveryOf({ ...asJob, action: 'EDITED_A_SERVICE' }))).toEqual([]);
    const accepted = { ...asJob, action: 'TENDER_WAS_ACCEPTED' };
    expect(await deliver('application_accepted', deliveryOf(accepted))).toEqual([]);
  });
});

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
