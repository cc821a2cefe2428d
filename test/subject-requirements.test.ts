import { describe, expect, it } from '@jest/globals';
import nock from 'nock';

import { meets, SUBJECT_REQUIREMENTS, subjectRequirementOf } from '../src/subject-requirements.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { deliver, deliveryOf, PRIVATE_KEY, recordsOf, triggerOf, withoutCurrency } from './helpers.ts';
import { withoutNetwork } from './tutorcruncher-api.ts';

withoutNetwork();

/** The states in the names of triggers, restated by hand, so that a mistyped state fails a test. */
const STATES: Record<string, [field: string, values: unknown[]]> = {
  client_enquiry: ['status', ['prospect']],
  client_signed_up: ['status', ['prospect']],
  tutor_signed_up: ['status', ['pending']],
  application_created: ['status', ['pending']],
  application_accepted: ['status', ['accepted']],
  application_declined: ['status', ['rejected']],
  application_withdrawn: ['status', ['withdrawn']],
  lesson_created: ['status', ['planned']],
  lesson_booked: ['status', ['planned']],
  lesson_updated: ['status', ['planned']],
  lesson_completed: ['status', ['complete']],
  lesson_cancelled: ['status', ['cancelled', 'cancelled-chargeable']],
  report_approved: ['approved', [true]],
  invoice_raised: ['status', ['unpaid']],
  invoice_paid: ['status', ['paid']],
  invoice_payment_failed: ['status', ['failed']],
  invoice_voided: ['status', ['void']],
  credit_request_raised: ['status', ['unpaid']],
  credit_request_paid: ['status', ['paid']],
  payment_order_raised: ['status', ['unpaid']],
  payment_order_paid: ['status', ['paid']],
};

/** The fields that must not be empty, restated by hand. */
const FILLED: Record<string, string> = {
  client_pipeline_stage_changed: 'pipeline_stage',
  client_label_added: 'labels',
  tutor_reviewed: 'review_rating',
  tutor_label_added: 'labels',
  student_label_added: 'labels',
  job_tutor_added: 'conjobs',
  job_student_added: 'rcrs',
  job_label_added: 'labels',
  lesson_booked: 'rcras',
};

/** All statuses that TutorCruncher documents, of all objects. */
const STATUSES = [
  ...['prospect', 'live', 'dormant', 'pending', 'approved', 'rejected', 'available', 'in-progress', 'finished'],
  ...['gone-cold', 'Planned', 'awaiting-report', 'complete', 'cancelled', 'cancelled-chargeable', 'draft', 'confirmed'],
  ...['unpaid', 'payment-pending', 'Paid', 'failed', 'void', 'requested', 'accepted', 'withdrawn'],
];

const requires = (key: string) => key in STATES || key in FILLED;

/** Returns records of a trigger's object in every state. A trigger may show some of them. */
function recordsInAllStates(key: string): JsonObject[] {
  const { sampleEvent } = triggerOf(key);
  const subject = { ...sampleEvent.subject, model: undefined };
  const filled = FILLED[key];
  const variants = [
    ...('status' in subject ? STATUSES.map((status) => ({ status })) : [{}]),
    ...('approved' in subject ? [{ approved: false }, { approved: true }] : []),
    ...(filled ? [{ [filled]: null }, { [filled]: [] }] : []),
  ];
  return variants.map((variant, index) => ({ ...subject, ...variant, id: index + 1 }));
}

const isInState = (key: string, record: JsonObject): boolean => {
  const [field, values] = STATES[key] ?? ['', [undefined]];
  const value = record[field];
  const filled = FILLED[key];
  const isFilled = filled === undefined || (Array.isArray(record[filled]) ? record[filled].length > 0 : record[filled]);
  return values.includes(typeof value === 'string' ? value.toLowerCase() : value) && Boolean(isFilled);
};

/**
 * Serves lists and details of these records. The lists ignore every filter, and their rows contain either only the id
 * or all fields.
 */
function serve(records: readonly JsonObject[], rowsAreComplete: boolean): void {
  nock('https://app.tutorcruncher.com')
    .get(/^\/api\//)
    .times(20)
    .optionally()
    .query(true)
    .reply(({ url }: Request) => {
      const { pathname } = new URL(url);
      const [, id] = /\/(\d+)\/$/.exec(pathname) ?? [];
      if (pathname === '/api/branch/') return [200, { id: 4021, name: 'Bristol' }];
      if (id !== undefined) return [200, records[Number(id) - 1]];
      return [200, { results: rowsAreComplete ? records : records.map((record) => ({ id: record.id })) }];
    });
}

const performList = (key: string) =>
  recordsOf(triggerOf(key).definition.operation.performList, {
    authData: { private_key: PRIVATE_KEY },
    // The time zone of the samples.
    inputData: { time_zone: 'Europe/London' },
  });

const triggers = webhookTriggers.map((trigger) => [trigger.definition.key, trigger] as const);
const listed = triggers.filter(
  ([key, { filter, isDeletion }]) => filter.object && !isDeletion && key !== 'package_purchased',
);

describe('the table of requirements', () => {
  it('has a row for each trigger, in the order of the README, and no others', () => {
    expect(Object.keys(SUBJECT_REQUIREMENTS)).toEqual(triggers.map(([key]) => key));
    expect(() => subjectRequirementOf('client_teleported')).toThrow(/"client_teleported" has no row in src/);
  });

  it('requires the state that the name of a trigger promises', () => {
    for (const [key, { oneOf = {} }] of Object.entries(SUBJECT_REQUIREMENTS)) {
      expect([key, oneOf]).toEqual([key, STATES[key] ? { [STATES[key][0]]: STATES[key][1] } : {}]);
    }
  });

  it('names only fields that the samples contain', () => {
    for (const [key, { sampleEvent }] of triggers) {
      const { oneOf = {}, filled = [], time } = subjectRequirementOf(key);
      for (const field of [...Object.keys(oneOf), ...filled, ...(time ? [time] : [])]) {
        expect([key, Object.keys(sampleEvent.subject)]).toEqual([key, expect.arrayContaining([field])]);
      }
    }
  });
});

describe.each(triggers)('%s', (key, { sampleEvent, filter }) => {
  it('has a sample that meets its requirement', () => {
    expect(meets(subjectRequirementOf(key), sampleEvent.subject)).toBe(true);
    if (requires(key)) expect(isInState(key, sampleEvent.subject)).toBe(true);
  });

  it('keeps live events in every state, unless it filters by state', async () => {
    for (const subject of requires(key) ? recordsInAllStates(key) : []) {
      const { model, id } = sampleEvent.subject;
      const isExcluded = filter.where !== undefined && String(subject.status).toLowerCase() !== 'paid';
      const records = await deliver(key, deliveryOf({ ...sampleEvent, subject: { ...subject, model, id } }));
      expect(records).toHaveLength(isExcluded ? 0 : 1);
    }
  });
});

describe.each(listed)('test data of %s', (key, trigger) => {
  const { sample } = trigger.definition.operation;
  const idKey = `${trigger.filter.object ?? ''}_id`;

  it.each([true, false])(
    'shows records in its state, regardless of the contents of the lists (complete rows: %s)',
    async (isWhole) => {
      const all = recordsInAllStates(key);
      // Rows without a status do not show which record is in the right state, so the right record comes first.
      const records = isWhole
        ? all
        : [...all.filter((r) => isInState(key, r)), ...all.filter((r) => !isInState(key, r))];
      const numbered = records.map((record, index) => ({ ...record, id: index + 1 }));
      serve(numbered, isWhole || trigger.filter.object === 'application');
      const shown = await performList(key);
      expect(shown.length).toBeGreaterThan(0);
      for (const record of shown) {
        const shownRecord = numbered.find(({ id }) => id === record[idKey]);
        expect(isJsonObject(shownRecord)).toBe(true);
        if (requires(key)) expect(isInState(key, shownRecord ?? {})).toBe(true);
      }
    },
  );

  it('shows the sample if no record has this state', async () => {
    const records = requires(key) ? recordsInAllStates(key).filter((record) => !isInState(key, record)) : [];
    const numbered = records.map((record, index) => ({ ...record, id: index + 1 }));
    for (const isWhole of [true, false]) {
      serve(numbered, isWhole || trigger.filter.object === 'application');
      expect(await performList(key)).toEqual([withoutCurrency(sample)]);
      nock.cleanAll();
    }
  });
});
