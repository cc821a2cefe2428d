/** All polled triggers: their samples, their records, and what they show in the editor. */

import { describe, expect, it } from '@jest/globals';

import { flattenSubject } from '../../src/record/subject.ts';
import { sampleLocale } from '../../src/samples.ts';
import type { JsonObject } from '../../wire/json.ts';
import { polledTriggers } from '../../triggers/index.ts';
import { keysOf, recordsOf } from '../helpers.ts';
import { useTutorCruncher } from '../running-tutorcruncher.ts';
import { fromNow, lessonAt, poll, polledTriggerOf } from './polls.ts';

const tutorCruncher = useTutorCruncher();

/** A record that a trigger reports, with the state of its sample and the end of the sample's id. */
interface DueRecord {
  /** @param index - 0 or greater; each index gives another record that is due */
  readonly fields: (index: number) => JsonObject;
  readonly state: JsonObject;
  readonly idEnd: string;
}

const lessonWith = (status: string, start: number, idEnd = ''): DueRecord => ({
  fields: (index) => lessonAt(start + Math.sign(start) * index, status),
  ...{ state: { status }, idEnd },
});
const overdueWith = (state: JsonObject): DueRecord => ({
  fields: (index) => ({ date_sent: fromNow(-14 * 24 - 1 - index) }),
  ...{ state, idEnd: '@14' },
});

const DUE: Readonly<Record<string, DueRecord>> = {
  lesson_starting: lessonWith('planned', 2, '@2026-06-10T16:00:00Z'),
  lesson_ended: lessonWith('complete', -30),
  lesson_not_completed: lessonWith('planned', -30),
  report_missing: lessonWith('awaiting-report', -30),
  invoice_overdue: overdueWith({ status: 'unpaid', still_to_pay: 63, date_paid: null }),
  credit_request_overdue: overdueWith({ date_paid: null }),
  review_created: {
    fields: (index) => ({ date_created: fromNow(-1 - index), extra_attrs: [] }),
    ...{ state: {}, idEnd: '' },
  },
  balance_change_created: {
    fields: (index) => ({ created: fromNow(-1 - index) }),
    ...{ state: {}, idEnd: '' },
  },
  task_due: {
    fields: (index) => ({ due_dt: fromNow(-1 - index) }),
    ...{ state: { complete: false }, idEnd: '@2026-06-16T11:00:00Z' },
  },
};

describe.each(polledTriggers.map((trigger) => [trigger.definition.key, trigger] as const))(
  '%s',
  (key, { definition, object, outputFields }) => {
    const { sample } = definition.operation;
    const { fields, state, idEnd } = DUE[key] ?? { fields: () => ({}), state: {}, idEnd: '' };
    const { id: sampleId } = object.sample.subject;
    const subject = Object.fromEntries(Object.entries(object.sample.subject).filter(([name]) => name !== 'model'));
    const path = object.api?.path ?? '';
    const addDue = (count: number) => {
      tutorCruncher.now.account.addList(path, []);
      return Array.from({ length: count }, (__, index) =>
        tutorCruncher.now.account.add(path, { ...subject, ...state, ...fields(index) }),
      );
    };

    it('has a sample that is the record of the sample subject in the state that triggers', () => {
      const record = flattenSubject({ ...object.sample.subject, ...state }, object.layout, sampleLocale());
      expect({ ...sample }).toEqual({ ...record, id: `${String(sampleId)}${idEnd}` });
    });

    it('returns records with the keys of its sample, and the id of the object', async () => {
      const [due] = addDue(1);
      const [record = {}, ...others] = await poll(key);
      expect(others).toEqual([]);
      expect(Object.keys(record)).toEqual(Object.keys(sample));
      expect(outputFields().map((field) => field.key)).toEqual(keysOf(sample));
      expect(await recordsOf(definition.operation.outputFields, { inputData: {} })).toEqual(outputFields());
      expect(record[`${object.word}_id`]).toBe(due?.id);
      // Rows lack fields, so the record contains its details.
      const filled = (one: object) => Object.entries(one).filter(([, value]) => value !== null).length;
      expect(filled(record)).toBeGreaterThan(filled(sample) / 2);
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
      const { throttle } = polledTriggerOf('lesson_ended').definition.operation;
      expect({ ...definition.operation.throttle }).toEqual({
        window: 60,
        limit: 10,
        key: 'polled_triggers',
        scope: ['auth'],
      });
      expect(definition.operation.throttle).toEqual(throttle);
    });
  },
);
