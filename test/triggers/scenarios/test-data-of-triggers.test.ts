import { describe, expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { bundleOf, deliveryOf, directZ, PRIVATE_KEY, triggerOf } from '../../../local/hook-calls.ts';
import { meets } from '../../../src/choices/event-filter.ts';
import { webhookTriggers } from '../../../triggers/index.ts';
import { isJsonObject, type JsonObject } from '../../../wire/json.ts';
import { requestFromTutorCruncher } from '../../../local/signed-delivery.ts';
import { directZWith } from '../../support/direct-z.ts';
import { withoutCurrency } from '../../support/record-forms.ts';

/** All statuses that TutorCruncher documents for any object. */
const STATUSES = [
  ...['prospect', 'live', 'dormant', 'pending', 'approved', 'rejected', 'available', 'in-progress', 'finished'],
  ...['gone-cold', 'Planned', 'awaiting-report', 'complete', 'cancelled', 'cancelled-chargeable', 'draft', 'confirmed'],
  ...['unpaid', 'payment-pending', 'Paid', 'failed', 'void', 'requested', 'accepted', 'withdrawn'],
];

const requirementOf = (key: string) => triggerOf(key).requirement;
const requires = (key: string) => Boolean(requirementOf(key).oneOf ?? requirementOf(key).filled);

/**
 * Returns records of a trigger's object in every state. A trigger with a requirement shows records in only some of
 * these states.
 */
function recordsInAllStates(key: string): JsonObject[] {
  const { sampleEvent } = triggerOf(key);
  const subject = Object.fromEntries(Object.entries(sampleEvent.subject).filter(([name]) => name !== 'model'));
  const filled = requirementOf(key).filled ?? [];
  const variants = [
    ...('status' in subject ? STATUSES.map((status) => ({ status })) : [{}]),
    ...('approved' in subject ? [{ approved: false }, { approved: true }] : []),
    ...filled.flatMap((field) => [{ [field]: null }, { [field]: [] }]),
  ];
  return variants.map((variant, index) => ({ ...subject, ...variant, id: index + 1 }));
}

const isFilled = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));

function isInState(key: string, record: JsonObject): boolean {
  const { oneOf = {}, filled = [] } = requirementOf(key);
  return (
    Object.entries(oneOf).every(([field, values]) => {
      const value = record[field];
      return values.some((one) => one === (typeof value === 'string' ? value.toLowerCase() : value));
    }) && filled.every((field) => isFilled(record[field]))
  );
}

/**
 * Returns the test data of a trigger. TutorCruncher's lists ignore every filter in this test.
 *
 * @param rowsAreComplete - true if the rows of a list contain all fields; false if they contain only the id
 */
function testData(key: string, records: readonly JsonObject[], rowsAreComplete: boolean) {
  const z = directZWith(({ pathname }) => {
    const [, id] = /\/(\d+)\/$/.exec(pathname) ?? [];
    if (pathname === '/api/branch/') return { id: 4021, name: 'Bristol' };
    if (id !== undefined) return records[Number(id) - 1];
    return { results: rowsAreComplete ? records : records.map((record) => ({ id: record.id })) };
  });
  // The time zone of the samples.
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: { time_zone: 'Europe/London' } };
  return triggerOf(key).definition.operation.performList(z, bundle as unknown as Bundle);
}

const triggers = webhookTriggers.map((trigger) => [trigger.definition.key, trigger] as const);
const listed = triggers.filter(
  ([key, { filter, isDeletion }]) => filter.object && !isDeletion && key !== 'package_purchased',
);

describe('the requirements', () => {
  it('name only statuses that TutorCruncher documents', () => {
    const known = STATUSES.map((status) => status.toLowerCase());
    const named = triggers.flatMap(([, { requirement }]) => requirement.oneOf?.status ?? []);
    expect(named.length).toBeGreaterThan(10);
    expect(known).toEqual(expect.arrayContaining(named));
  });

  it('name only fields that the samples contain', () => {
    for (const [key, { sampleEvent, requirement }] of triggers) {
      const { oneOf = {}, filled = [], time } = requirement;
      for (const field of [...Object.keys(oneOf), ...filled, ...(time ? [time] : [])]) {
        expect([key, Object.keys(sampleEvent.subject)]).toEqual([key, expect.arrayContaining([field])]);
      }
    }
  });
});

describe.each(triggers)('%s', (key, { sampleEvent, filter }) => {
  it('has a sample that meets its requirement', () => {
    expect(meets(requirementOf(key), sampleEvent.subject)).toBe(true);
    if (requires(key)) expect(isInState(key, sampleEvent.subject)).toBe(true);
  });

  it('keeps live events in every state, unless it filters by state', async () => {
    const { isForAbsent } = triggerOf(key);
    for (const subject of requires(key) ? recordsInAllStates(key) : []) {
      const { model, id } = sampleEvent.subject;
      const status = String(subject.status).toLowerCase();
      const isUnpaid = filter.where !== undefined && status !== 'paid';
      // Only a lesson that has taken place has absent students.
      const isExcluded = isUnpaid || (isForAbsent === true && !['complete', 'awaiting-report'].includes(status));
      const delivery = deliveryOf({ ...sampleEvent, subject: { ...subject, model, id } });
      const bundle = bundleOf(requestFromTutorCruncher(delivery, PRIVATE_KEY)) as Bundle;
      const records = await triggerOf(key).definition.operation.perform(directZ, bundle);
      expect(records).toHaveLength(isExcluded ? 0 : 1);
    }
  });
});

describe.each(listed)('test data of %s', (key, trigger) => {
  const { sample } = trigger.definition.operation;
  const idKey = `${trigger.filter.object ?? ''}_id`;

  it.each([true, false])(
    'shows records with the keys of its sample in its state, regardless of the contents of the lists (complete rows: %s)',
    async (isWhole) => {
      const all = recordsInAllStates(key);
      // A row without a status does not show the state of its record. Records in the right state come first, because
      // the trigger reads only the first records.
      const records = isWhole
        ? all
        : [...all.filter((r) => isInState(key, r)), ...all.filter((r) => !isInState(key, r))];
      const numbered = records.map((record, index) => ({ ...record, id: index + 1 }));
      const shown = await testData(key, numbered, isWhole || trigger.filter.object === 'application');
      expect(shown.length).toBeGreaterThan(0);
      for (const record of shown) {
        const shownRecord = numbered.find(({ id }) => id === record[idKey]);
        expect(isJsonObject(shownRecord)).toBe(true);
        if (requires(key)) expect(isInState(key, shownRecord ?? {})).toBe(true);
        expect(Object.keys(record)).toEqual(Object.keys(sample));
        const { event_action, event_description } = sample;
        expect(record).toMatchObject({ event_action, event_description, event_message: '', actor_name: null });
      }
    },
  );

  it('shows the sample if no record has this state', async () => {
    const records = requires(key) ? recordsInAllStates(key).filter((record) => !isInState(key, record)) : [];
    const numbered = records.map((record, index) => ({ ...record, id: index + 1 }));
    for (const isWhole of [true, false]) {
      const file = `${trigger.filter.object ?? ''}_pdf`;
      const shown = await testData(key, numbered, isWhole || trigger.filter.object === 'application');
      // In a run, the value of a file is a reference, which zapier-platform-core replaces.
      expect(shown).toEqual([{ ...withoutCurrency(sample), ...(file in sample && { [file]: shown[0]?.[file] }) }]);
    }
  });
});
