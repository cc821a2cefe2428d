import { describe, expect, it } from '@jest/globals';

import { lesson } from '../objects/lesson.ts';
import { requestFromTutorCruncher } from '../local/tutorcruncher.ts';
import { dropdownTriggers } from '../src/dropdown-triggers.ts';
import { listedActions } from '../wire/action-filter.ts';
import { objectWordOf } from '../wire/models.ts';
import { polledTriggers, webhookTriggers } from '../triggers/index.ts';
import { app, bundleOf, deliver, deliveryOf, inOlderShape, keysOf, perform, triggerOf } from './helpers.ts';

/** The triggers restated by hand, so that a mistyped key, label, object or action fails a test. */
const TRIGGERS: Record<string, [label: string, object: string, actions: string]> = {
  client_created: ['New Client', 'client', 'CREATED_A_CLIENT'],
  client_enquiry: ['New Enquiry', 'client', 'CLIENT_ENQUIRY'],
  client_signed_up: ['Client Signed Up', 'client', 'CLIENT_SIGN_UP'],
  client_updated: [
    'Client Updated',
    'client',
    'EDITED_A_CLIENT EDITED_OWN_PROFILE CHANGED_CLIENTS_AGENT CHANGED_CLIENT_ADMIN',
  ],
  client_status_changed: ['Client Status Changed', 'client', 'CHANGED_CLIENT_STATUS'],
  client_pipeline_stage_changed: ['Client Pipeline Stage Changed', 'client', 'MOVED_PIPELINE_STAGE'],
  client_balance_changed: ['Client Balance Changed', 'client', 'BALANCE_ADJUSTMENT CLIENT_TOPPED_UP'],
  client_label_added: ['Client Label Added', 'client', 'ADDED_A_LABEL_TO_A_USER'],
  client_deleted: ['Client Deleted', 'client', 'DELETED_A_CLIENT'],
  tutor_created: ['New Tutor', 'tutor', 'CREATED_A_CONTRACTOR'],
  tutor_signed_up: ['Tutor Signed Up', 'tutor', 'CONTRACTOR_SIGN_UP'],
  tutor_updated: [
    'Tutor Updated',
    'tutor',
    'EDITED_A_CONTRACTOR EDITED_SKILLS EDITED_QUALIFICATIONS EDITED_AVAILABILITY EDITED_OWN_PROFILE',
  ],
  tutor_status_changed: ['Tutor Status Changed', 'tutor', 'CHANGED_CONTRACTOR_STATUS'],
  tutor_reviewed: ['Tutor Reviewed', 'tutor', 'CREATED_A_REVIEW'],
  tutor_label_added: ['Tutor Label Added', 'tutor', 'ADDED_A_LABEL_TO_A_USER'],
  tutor_deleted: ['Tutor Deleted', 'tutor', 'DELETED_A_CONTRACTOR'],
  student_created: ['New Student', 'student', 'CREATED_A_SR'],
  student_updated: [
    'Student Updated',
    'student',
    'EDITED_A_SR CREATED_A_SRCLIENT EDITED_A_SRCLIENT DELETED_A_SRCLIENT EDITED_OWN_PROFILE',
  ],
  student_label_added: ['Student Label Added', 'student', 'ADDED_A_LABEL_TO_A_USER'],
  student_deleted: ['Student Deleted', 'student', 'DELETED_A_SR'],
  affiliate_created: ['New Affiliate', 'affiliate', 'CREATED_AN_AGENT'],
  affiliate_updated: ['Affiliate Updated', 'affiliate', 'EDITED_AN_AGENT EDITED_OWN_PROFILE'],
  job_created: ['New Job', 'job', 'CREATED_A_SERVICE'],
  job_updated: ['Job Updated', 'job', 'EDITED_A_SERVICE'],
  job_status_changed: ['Job Status Changed', 'job', 'CHANGED_SERVICE_STATUS'],
  job_tutor_added: ['Job Tutor Added', 'job', 'ADDED_CONTRACTOR_TO_SERVICE'],
  job_student_added: ['Job Student Added', 'job', 'ADDED_SR_TO_SERVICE'],
  job_label_added: ['Job Label Added', 'job', 'ADDED_A_LABEL_TO_A_SERVICE'],
  job_deleted: ['Job Deleted', 'job', 'DELETED_A_SERVICE'],
  application_created: ['New Application', 'application', 'APPLIED_FOR_SERVICE'],
  application_accepted: ['Application Accepted', 'application', 'TENDER_WAS_ACCEPTED'],
  application_declined: ['Application Declined', 'application', 'TENDER_WAS_DECLINED'],
  application_withdrawn: ['Application Withdrawn', 'application', 'WITHDREW_APPLICATION_FOR_SERVICE'],
  lesson_created: ['New Lesson', 'lesson', 'CREATED_AN_APPOINTMENT CREATED_A_REPEATING_APPOINTMENT'],
  lesson_booked: ['Lesson Booked', 'lesson', 'BOOKED_AN_APPOINTMENT'],
  lesson_updated: ['Lesson Updated', 'lesson', 'EDITED_AN_APPOINTMENT EDITED_REPEATED_APPOINTMENTS'],
  lesson_completed: ['Lesson Completed', 'lesson', 'MARKED_AN_APPOINTMENT_AS_COMPLETE'],
  lesson_cancelled: ['Lesson Cancelled', 'lesson', 'MARKED_AN_APPOINTMENT_AS_CANCELLED CANCELLED_A_BOOKING'],
  lesson_deleted: ['Lesson Deleted', 'lesson', 'DELETED_AN_APPOINTMENT'],
  report_created: ['New Report', 'report', 'CREATED_REPORT'],
  report_approved: ['Report Approved', 'report', 'APPROVED_A_REPORT'],
  invoice_raised: ['Invoice Raised', 'invoice', 'RAISED_INVOICE'],
  invoice_paid: [
    'Invoice Paid',
    'invoice',
    'MARKED_INVOICE_AS_PAID CLIENT_PAID_INVOICE ADMIN_PAID_INVOICE ACCOUNTING_ITEM_AUTOCHARGED',
  ],
  invoice_payment_failed: ['Invoice Payment Failed', 'invoice', 'PAYMENT_FAILED DEFERRED_PAYMENT_FAILED'],
  invoice_voided: ['Invoice Voided', 'invoice', 'VOIDED_INVOICE'],
  credit_request_raised: ['Credit Request Raised', 'credit_request', 'RAISED_PROFORMA_INVOICE'],
  credit_request_paid: [
    'Credit Request Paid',
    'credit_request',
    'MARKED_PROFORMA_INVOICE_AS_PAID CLIENT_PAID_PROFORMA_INVOICE ADMIN_PAID_PROFORMA_INVOICE CLIENT_PAID_INVOICE ' +
      'ACCOUNTING_ITEM_AUTOCHARGED',
  ],
  payment_order_raised: ['Payment Order Raised', 'payment_order', 'RAISED_PO'],
  payment_order_paid: ['Payment Order Paid', 'payment_order', 'MARKED_PO_AS_PAID'],
  ad_hoc_charge_created: ['New Ad Hoc Charge', 'ad_hoc_charge', 'CREATED_ADHOC_CHARGE'],
  package_purchased: ['Package Purchased', 'package', 'CLIENT_PURCHASED_PACKAGE'],
  note_added: ['Note Added', 'note', 'ADDED_A_NOTE'],
  task_created: ['New Task', 'task', 'CREATED_A_TASK'],
  any_event: ['New Event', '', ''],
};

/** The polled triggers restated by hand. */
const POLLED_TRIGGERS: Record<string, [label: string, object: string, inputs: string]> = {
  lesson_starting: ['Lesson Starting Soon', 'lesson', 'time_before time_unit job tutor student client time_zone'],
  lesson_ended: ['Lesson Ended', 'lesson', 'time_after time_unit statuses job tutor student client time_zone'],
  lesson_not_completed: ['Lesson Not Completed', 'lesson', 'time_after time_unit job tutor student client time_zone'],
  report_missing: ['Report Missing', 'lesson', 'time_after time_unit job tutor student client time_zone'],
};

const objectTriggers = webhookTriggers.filter(({ filter }) => filter.object !== null);
const byKey = (trigger: (typeof webhookTriggers)[number]) => [trigger.definition.key, trigger] as const;
const SHAPES = [
  ['newer', (event: unknown) => event],
  ['older', inOlderShape],
] as const;

describe('the triggers', () => {
  it('match the tables above, in their order', () => {
    const defined = webhookTriggers.map(({ definition, filter }) => [
      definition.key,
      [definition.display.label, filter.object ?? '', listedActions(filter.actions).join(' ')],
    ]);
    expect(defined).toEqual(Object.entries(TRIGGERS));
    const polled = polledTriggers.map(({ definition, object, inputFields }) => [
      definition.key,
      [definition.display.label, object.word, inputFields.map(({ key }) => key).join(' ')],
    ]);
    expect(polled).toEqual(Object.entries(POLLED_TRIGGERS));
    expect(Object.keys(app.triggers)).toEqual([
      ...Object.keys({ ...TRIGGERS, ...POLLED_TRIGGERS }),
      ...Object.keys(dropdownTriggers),
    ]);
  });

  it.each(webhookTriggers.map(byKey))(
    'include %s, with a description and directions for its setup',
    (_key, { definition }) => {
      expect(definition.display.description).toMatch(/^Triggers when .*\.$/);
      const { directions = '' } = definition.display;
      expect(directions.length).toBeLessThanOrEqual(1000);
      const steps = [
        'Copy the webhook URL',
        'Settings > API',
        'private key',
        'Add Integration',
        'Webhook base URL',
        'save',
        'Test the trigger',
        'Turn the Zap on',
      ];
      expect([...steps].sort((a, b) => directions.indexOf(a) - directions.indexOf(b))).toEqual(steps);
      for (const step of steps) expect(directions).toContain(step);
    },
  );
});

describe.each(objectTriggers.map(byKey))('%s', (key, { definition, filter, sampleEvent, outputFields }) => {
  const { sample } = definition.operation;

  it.each(SHAPES)('makes a record with the keys of its sample from the %s shape', async (_shape, shaped) => {
    const [record, ...more] = await deliver(key, deliveryOf(shaped(sampleEvent)));
    expect(more).toEqual([]);
    expect(Object.keys(record ?? {})).toEqual(Object.keys(sample));
    expect(keysOf(record ?? {})).toEqual(keysOf(sample));
  });

  it('has an output field for each key of its sample', () => {
    expect(outputFields.map((field) => field.key)).toEqual(keysOf(sample));
  });

  it.each(listedActions(filter.actions))('keeps an event with the action %s', async (action) => {
    await expect(deliver(key, deliveryOf({ ...sampleEvent, action }))).resolves.toHaveLength(
      key === 'invoice_paid' && sampleEvent.subject.status !== 'paid' ? 0 : 1,
    );
  });

  it('drops an event with another action', async () => {
    await expect(deliver(key, deliveryOf({ ...sampleEvent, action: 'WELCOME_EMAIL_SENT' }))).resolves.toEqual([]);
  });

  it('drops an event about another object', async () => {
    const model = filter.object === 'lesson' ? 'Client' : 'Lesson';
    const subject = { ...sampleEvent.subject, model };
    await expect(deliver(key, deliveryOf({ ...sampleEvent, subject }))).resolves.toEqual([]);
  });

  it('refuses a signature by another key', async () => {
    const request = requestFromTutorCruncher(deliveryOf(sampleEvent), 'the-key-of-another-integration');
    await expect(perform(key, bundleOf(request))).rejects.toMatchObject({ name: 'HaltedError' });
  });
});

describe('invoice_paid', () => {
  const { sampleEvent } = triggerOf('invoice_paid');
  const withStatus = (status: unknown) =>
    deliver('invoice_paid', deliveryOf({ ...sampleEvent, subject: { ...sampleEvent.subject, status } }));

  it('keeps only invoices with the status paid, in any letter case', async () => {
    await expect(withStatus('unpaid')).resolves.toEqual([]);
    await expect(withStatus('payment-pending')).resolves.toEqual([]);
    await expect(withStatus('Paid')).resolves.toHaveLength(1);
  });

  it('keeps an invoice without a status', async () => {
    await expect(withStatus(undefined)).resolves.toHaveLength(1);
    await expect(withStatus(null)).resolves.toHaveLength(1);
  });
});

describe('any_event', () => {
  const event = triggerOf('lesson_completed').sampleEvent;

  it("makes a record with keys for any subject and with the object's own keys", async () => {
    const [record = {}] = await deliver('any_event', deliveryOf(event));
    expect(record).toMatchObject({
      subject_model: 'Lesson',
      subject_id: 9106,
      subject_name: 'Quadratic equations',
      subject_url: 'https://app.tutorcruncher.com/api/appointments/9106/',
      lesson_topic: 'Quadratic equations',
      job_name: 'GCSE Maths for Leo',
    });
    const { definition, outputFields } = triggerOf('any_event');
    const { sample } = definition.operation;
    const ofAnyObject = Object.keys(record).filter((key) => !lesson.layout.keys.includes(key));
    expect(ofAnyObject).toEqual(Object.keys(sample));
    expect(Object.keys(record).indexOf('lesson_topic')).toBe(4);
    expect(outputFields.map(({ key }) => key)).toEqual(Object.keys(sample));
  });

  it('has the static keys of the object that an API name stands for', async () => {
    const subject = { model: 'Appointment', id: 9106 };
    const [record = {}] = await deliver('any_event', deliveryOf({ ...event, subject }));
    expect(record).toMatchObject({ subject_model: 'Lesson', lesson_id: 9106, lesson_topic: null, students: null });
  });

  it.each(objectTriggers.map(byKey))('keeps the sample event of %s', async (_key, { sampleEvent, filter }) => {
    const [record = {}] = await deliver('any_event', deliveryOf(sampleEvent));
    expect(objectWordOf(record.subject_model)).toBe(filter.object);
    expect(record[`${filter.object ?? ''}_id`]).toBe(record.subject_id);
  });

  it('refuses a signature by another key', async () => {
    const request = requestFromTutorCruncher(deliveryOf(event), 'the-key-of-another-integration');
    await expect(perform('any_event', bundleOf(request))).rejects.toMatchObject({ name: 'HaltedError' });
  });

  it('keeps an event with an unknown action', async () => {
    const [record] = await deliver('any_event', deliveryOf({ ...event, action: 'TELEPORTED_AN_APPOINTMENT' }));
    expect(record).toMatchObject({ event_action: 'TELEPORTED_AN_APPOINTMENT', lesson_id: 9106 });
  });

  it("keeps an event about an unknown model, with keys that start with the model's slug", async () => {
    const subject = { model: 'Gift Voucher', id: '7', name: 'Ten pounds', recipient: { id: 1, first_name: 'Leo' } };
    const [record] = await deliver('any_event', deliveryOf({ ...event, subject }));
    expect(record).toMatchObject({
      subject_model: 'Gift Voucher',
      subject_id: 7,
      subject_name: 'Ten pounds',
      subject_url: null,
      gift_voucher_id: 7,
      gift_voucher_name: 'Ten pounds',
      student_id: 1,
      student_name: 'Leo',
    });
  });

  it.each(['RAISED_A_WELLBEING_CONCERN', 'RESOLVED_A_WELLBEING_CONCERN'])('drops %s', async (action) => {
    const subject = { model: 'Safeguarding/Wellbeing Concern', id: 4 };
    await expect(deliver('any_event', deliveryOf({ ...event, action, subject }))).resolves.toEqual([]);
  });

  it('makes one record for each distinct event', async () => {
    const other = { ...event, timestamp: '2026-06-10T18:06:00.000000Z' };
    const records = await deliver('any_event', deliveryOf(event, other, event));
    expect(records.map(({ event_timestamp }) => event_timestamp)).toEqual([event.timestamp, other.timestamp]);
  });

  it.each([
    ['text', 'not json at all'],
    ['an empty body', ''],
    ['a number', 42],
    ['a list of events', [event]],
    ['null', null],
    ['a public profile', { id: 402, branch_id: 4021, deleted: false, first_name: 'Hannah', request_time: 1 }],
    [
      "an event of TutorCruncher's sister product",
      { event_type: 'lesson.completed', organization_id: 99, data: { id: 1 } },
    ],
    ['an empty list of events', { request_time: 1, events: [] }],
    ['events that are not a list', { events: { 0: event } }],
    ['an event with a null subject', { events: [{ ...event, subject: null }] }],
    ['an event with a list as subject', { events: [{ ...event, subject: [1] }] }],
    ['an event without an action', { events: [{ ...event, action: undefined }] }],
    ['events that are not objects', { events: [null, 1, 'x', [], {}] }],
  ])('makes no record of a signed body without usable events: %s', async (_what, body) => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    await expect(deliver('any_event', bytes)).resolves.toEqual([]);
  });
});
