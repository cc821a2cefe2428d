/** All polled triggers: their samples, their records, and the test data that they show in the editor. */

import { describe, expect, it } from '@jest/globals';

import { POLLED_LISTS } from '../../../local/simulated-lists/all-lists.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { polledTriggers } from '../../../triggers/index.ts';
import { recordsOf } from '../../support/app-tester.ts';
import { keysOf } from '../../support/record-forms.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';
import { poll } from '../../support/polls.ts';

const tutorCruncher = useTutorCruncher();

/** Returns fields of a record that is due. */
const dueFields = (path: string, key: string, index: number): JsonObject =>
  POLLED_LISTS.find((list) => list.path === path)?.due[key]?.(index) ?? {};

/** Keys of the values that do not depend on the time of a record. */
const LASTING = /_(?:status|status_text|still_to_pay|date_paid|complete|name|description)$/;

describe.each(polledTriggers.map((trigger) => [trigger.definition.key, trigger] as const))(
  '%s',
  (key, { definition, object, inputFields, outputFields }) => {
    const { sample } = definition.operation;
    const subject = Object.fromEntries(Object.entries(object.sample.subject).filter(([name]) => name !== 'model'));
    const path = object.api?.path ?? '';
    const addDue = (count: number) => {
      tutorCruncher.now.account.addList(path, []);
      return Array.from({ length: count }, (__, index) =>
        tutorCruncher.now.account.add(path, { ...subject, ...dueFields(path, key, index) }),
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

    it('R17: has input fields with help texts', () => {
      expect(inputFields.filter(({ label, helpText = '' }) => helpText.length <= 2 * label.length)).toStrictEqual([]);
    });

    it('finds a record in the demo', async () => {
      expect((await poll(key)).length).toBeGreaterThan(0);
    });

    it('has output fields for the keys of its sample', async () => {
      const [fields, keys] = [outputFields().map((field) => field.key), keysOf(sample)];
      expect(fields.filter((field) => keys.includes(field))).toEqual(keys);
      // A list that is empty in the sample, such as the tutors of a job that waits for a tutor, also has fields.
      expect(fields.filter((field) => !keys.includes(field) && !field.includes('[]'))).toEqual([]);
      expect(await recordsOf(definition.operation.outputFields, { inputData: {} })).toEqual(outputFields());
    });

    it('shows up to three of the fitting records in the editor, or else its sample', async () => {
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
      expect(later.some(({ path: requested }) => /\d\/$/.test(requested))).toBe(!object.api?.hasFullRows);
    });

    it('shares a throttle with the other polled triggers only', () => {
      const throttle = { window: 60, limit: 10, key: 'polled_triggers', scope: ['auth'] };
      expect({ ...definition.operation.throttle }).toEqual(throttle);
    });
  },
);
