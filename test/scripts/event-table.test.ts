/**
 * The table of all events in `docs/steps.md`, and the copy of TutorCruncher's list of actions from which the table is
 * generated.
 */

import { expect, it } from '@jest/globals';

import actionTypes from '../../docs/action-types.json' with { type: 'json' };
import { wellbeingConcernActions } from '../../objects/wellbeing-concern.ts';
import { eventTable } from '../../scripts/event-table.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { listedActions } from '../../wire/action-filter.ts';
import { objectWordOf } from '../../wire/models.ts';

const documented = actionTypes.map(({ key }) => key);
const [, , ...rows] = eventTable();

it('lists each of the 142 actions with webhooks once', () => {
  expect(documented).toHaveLength(142);
  expect(new Set(documented).size).toBe(142);
  const listed = rows.map((row) => /`(\w+)` \|$/.exec(row)?.[1]);
  expect(listed.toSorted()).toEqual(documented.toSorted());
});

it('names a trigger for each action', () => {
  expect(rows.filter((row) => !/ \| (?:[A-Z][^|]+) \| `\w+` \|$/.test(row))).toEqual([]);
});

it('contains every action of a trigger', () => {
  const used = webhookTriggers.flatMap(({ filter }) => listedActions(filter.actions));
  expect([...used, ...wellbeingConcernActions].filter((action) => !documented.includes(action))).toEqual([]);
});

it('names only models that the app knows', () => {
  const models = actionTypes.flatMap(({ subject_types: subjects }) => subjects);
  expect(models.filter((model) => objectWordOf(model) === null)).toEqual([]);
});

it.each([
  [
    'a trigger for each object',
    'EDITED_OWN_PROFILE',
    'Client Updated, Tutor Updated, Student Updated, Affiliate Updated',
  ],
  [
    'New Event for the other objects',
    'AGREE_TERMS',
    'Client Terms Agreed, Tutor Terms Agreed; New Event for Affiliate, Student',
  ],
  ['a polled trigger', 'APPROVED_A_REPORT', 'Report Approved'],
  ['the trigger that also takes another subject', 'APPLIED_FOR_SERVICE', 'New Application'],
  ['New Event for an action of no trigger', 'COPY_ROLE', 'New Event'],
])('names %s', (_what, action, triggers) => {
  expect(rows.find((row) => row.includes(`\`${action}\``))).toContain(`| ${triggers} |`);
});
