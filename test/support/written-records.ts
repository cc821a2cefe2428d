/**
 * Tests of actions: the write, and the returned record, which is compared with the records of a search and of a
 * trigger.
 */

import { expect, it } from '@jest/globals';

import { actions } from '../../creates/index.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { ACTION_RUNS } from './action-runs.ts';
import type { TutorCruncherOfTests } from './running-tutorcruncher.ts';
import { act, find } from './steps.ts';

/** The expected results of a run in `ACTION_RUNS`. */
export interface Written {
  readonly request: string;
  readonly body: JsonObject;
  /** A part of the record that the run returns. */
  readonly record: JsonObject;
  /** The trigger that receives the only webhook. Its record must have the values of the action's record. */
  readonly trigger?: string;
}

/** The searches that find a record by its id, or else by criteria that only this record meets. */
const SEARCHES: Readonly<Record<string, (record: FlatRecord) => Promise<FlatRecord[]>>> = {
  tutor: ({ id }) => find('find_tutor', { tutor: id }),
  job: ({ id }) => find('find_job', { job: id }),
  lesson: ({ id }) => find('find_lesson', { lesson: id }),
  ad_hoc_charge: (record) =>
    find('find_ad_hoc_charge', { find_client: record.client_id, find_category: record.ad_hoc_charge_category_id }),
};

/** Keys that only the record of an action has. */
const ONLY_OF_ACTION = /^(?:credit_request|lesson|ad_hoc_charge)_is_new$/;
/** Fields of rows that TutorCruncher's details and responses to writes lack. Only searches read rows. */
const ONLY_OF_SEARCH: ReadonlySet<string> = new Set(['ad_hoc_charge_description']);
/** Keys that webhooks lack or that have a different value in triggers. */
const NOT_IN_WEBHOOKS = /^(?:id$|tutor_(?:last_updated|receive_job_notifications|work_done_details))/;

/** Removes the second at which a link expires: each response and each webhook contains a fresh link. */
const withoutExpiry = (record: FlatRecord): FlatRecord =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replace(/\?Expires=\d+$/, '?Expires=') : value,
    ]),
  );

/** Tests the runs of actions in `ACTION_RUNS`. @param written - the expected results by the key of the action */
export function testWrites(tutorCruncher: TutorCruncherOfTests, written: Readonly<Record<string, Written>>): void {
  it.each(Object.entries(written))(
    '%s writes once, and returns the record that the search finds and the webhook contains',
    async (key, { request, body, record: expected, trigger }) => {
      const record = await act(key, ACTION_RUNS[key] ?? {});
      expect(tutorCruncher.writes().map((write) => [`${write.method} ${write.path}`, write.body])).toEqual([
        [request, body],
      ]);
      expect(record).toMatchObject(expected);
      const { definition, object } = actions.find((action) => action.definition.key === key) ?? {};
      expect(Object.keys(record)).toEqual(expect.arrayContaining(Object.keys(definition?.operation.sample ?? {})));
      const ofObject = Object.entries(record).filter(([name]) => !ONLY_OF_ACTION.test(name));
      const found = await SEARCHES[object?.word ?? '']?.(record);
      if (found) {
        const ofSearch = found.map((each) => Object.entries(each).filter(([name]) => !ONLY_OF_SEARCH.has(name)));
        expect(ofSearch.map((entries) => Object.fromEntries(entries))).toEqual([Object.fromEntries(ofObject)]);
      }

      if (trigger === undefined) return;
      const [event, ...others] = await tutorCruncher.triggered(trigger);
      expect(others).toEqual([]);
      const inWebhook = ofObject.filter(([name]) => !NOT_IN_WEBHOOKS.test(name));
      expect(withoutExpiry(event ?? {})).toMatchObject(withoutExpiry(Object.fromEntries(inWebhook)));
    },
  );
}
