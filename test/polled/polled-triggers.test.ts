/** All polled triggers: their samples, their records, and what they show in the editor. */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { polledTriggers } from '../../triggers/index.ts';
import { keysOf, recordsOf } from '../helpers.ts';
import { useTutorCruncher } from '../running-tutorcruncher.ts';
import { fromNow, poll } from './polls.ts';

const tutorCruncher = useTutorCruncher();

/** Returns the fields of a lesson in a state. @param start - in hours from now */
const lessonWith = (status: string, start: number) => (index: number) => ({
  status,
  start: fromNow(start + Math.sign(start) * index),
  finish: fromNow(start + Math.sign(start) * index + 1),
});

/** The fields of records that are due, by trigger. Each index gives another record. */
const DUE: Readonly<Record<string, (index: number) => JsonObject>> = {
  lesson_starting: lessonWith('planned', 2),
  lesson_ended: lessonWith('complete', -30),
  lesson_not_completed: lessonWith('planned', -30),
  report_missing: lessonWith('awaiting-report', -30),
  invoice_overdue: (index) => ({
    status: 'unpaid',
    still_to_pay: 63,
    date_sent: fromNow(-14 * 24 - 1 - index),
    date_paid: null,
  }),
  credit_request_overdue: (index) => ({ date_sent: fromNow(-14 * 24 - 1 - index), date_paid: null }),
  review_created: (index) => ({ date_created: fromNow(-1 - index), extra_attrs: [] }),
  balance_change_created: (index) => ({ created: fromNow(-1 - index) }),
  task_due: (index) => ({ due_dt: fromNow(-1 - index), complete: false }),
};

/** Keys of the values that do not depend on the time of a record. */
const LASTING = /_(?:status|status_text|still_to_pay|date_paid|complete|name|description)$/;

describe.each(polledTriggers.map((trigger) => [trigger.definition.key, trigger] as const))(
  '%s',
  (key, { definition, object, outputFields }) => {
    const { sample } = definition.operation;
    const subject = Object.fromEntries(Object.entries(object.sample.subject).filter(([name]) => name !== 'model'));
    const path = object.api?.path ?? '';
    const addDue = (count: number) => {
      tutorCruncher.now.account.addList(path, []);
      return Array.from({ length: count }, (__, index) =>
        tutorCruncher.now.account.add(path, { ...subject, ...DUE[key]?.(index) }),
      );
    };

    it('returns records in the state of its sample, with the same keys and an id of the same form', async () => {
      const [due] = addDue(1);
      const [record = {}, ...others] = await poll(key);
      expect(others).toEqual([]);
      expect(record[`${object.word}_id`]).toBe(due?.id);
      expect(Object.keys(record)).toEqual(Object.keys(sample));
      const lasting = Object.keys(sample).filter((name) => LASTING.test(name));
      expect(lasting.length).toBeGreaterThan(0);
      for (const name of lasting) expect([name, record[name]]).toEqual([name, sample[name]]);
      const formOf = (id: unknown) => String(id).replace(/\d+/g, '0');
      expect(formOf(record.id)).toBe(formOf(sample.id));
    });

    it('has output fields for the keys of its sample', async () => {
      expect(outputFields().map((field) => field.key)).toEqual(keysOf(sample));
      expect(await recordsOf(definition.operation.outputFields, { inputData: {} })).toEqual(outputFields());
    });

    it('shows up to three of the records that fit in the editor, or else its sample', async () => {
      const meta = { isLoadingSample: true };
      addDue(0);
      expect(await poll(key, {}, { meta })).toEqual([sample]);
      const newest = addDue(5).slice(0, 3);
      const records = await poll(key, {}, { meta });
      expect(records.map((record) => record[`${object.word}_id`]).sort()).toEqual(newest.map(({ id }) => id).sort());
      // A test in the editor does not count as a run.
      const before = tutorCruncher.requests().length;
      await poll(key, {}, { keepsCache: true });
      const later = tutorCruncher.requests().slice(before);
      expect(later.some(({ path: requested }) => /\d\/$/.test(requested))).toBe(!object.api?.isRowComplete);
    });

    it('shares a throttle of its own with the other polled triggers', () => {
      const throttle = { window: 60, limit: 10, key: 'polled_triggers', scope: ['auth'] };
      expect({ ...definition.operation.throttle }).toEqual(throttle);
    });
  },
);
