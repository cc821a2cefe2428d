/**
 * Compares the stand-in in `local/api/` with a report of the documented facts, and checks that the comparison finds
 * differences.
 */

import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { guardReport, type Report } from '../../../account-check/report.ts';
import { changedDetails, changedRows, fetchFrom, withStandIn, without, type Change } from '../checked-stand-in.ts';
import { differencesBetween } from './compare.ts';
import { checkStandIn } from '../stand-in.ts';

const DOCUMENTED = JSON.parse(readFileSync('account-check/documented.json', 'utf8')) as Report;

/** Returns the differences between a changed stand-in and the documented facts. */
const differencesOf = (change: Change): Promise<string[]> =>
  withStandIn(async (tutorCruncher) => {
    change(tutorCruncher.behaviour);
    const actions = Object.keys(DOCUMENTED.deliveries?.actions ?? {});
    const { report } = await checkStandIn(tutorCruncher, actions, fetchFrom(tutorCruncher));
    return differencesBetween(DOCUMENTED, report);
  });

describe('the stand-in', () => {
  it('plays the documented facts, and nothing else', async () => {
    expect(await differencesOf(() => undefined)).toEqual([]);
  });

  it('covers the webhooks of all objects', () => {
    expect(Object.keys(DOCUMENTED.deliveries?.actions ?? {}).length).toBeGreaterThan(13);
    expect(() => {
      guardReport(DOCUMENTED, new Set());
    }).not.toThrow();
  });

  it.each<[what: string, change: Change, difference: string]>([
    [
      'another field in details',
      (behaviour) => (behaviour.tutorNameField = 'contractor_name'),
      'details of appointments.cjas[].contractor_name: not in the report, in the stand-in',
    ],
    [
      'a field less in rows',
      changedRows('invoices', (row) => without(row, 'gross')),
      'rows of invoices.gross: in the report, not in the stand-in',
    ],
    [
      'another form of a value',
      changedDetails('tasks', (task) => ({ ...task, due_dt: '2026-06-16T11:00:00Z' })),
      'details of tasks.due_dt: iso-offset in the report, iso-Z in the stand-in',
    ],
    [
      'another verdict',
      (behaviour) => (behaviour.acceptsPageSize = true),
      'lists.page-size: holds in the report, differs in the stand-in',
    ],
    [
      'another order',
      (behaviour) => (behaviour.listsOldestFirst = true),
      'rows of services, order: newest first in the report, other in the stand-in',
    ],
    [
      'an ignored filter',
      (behaviour) => (behaviour.ignoresFilters = true),
      'filter appointments?service: applied in the report, ignored in the stand-in',
    ],
    [
      'another time',
      (behaviour) => (behaviour.startLteCompares = 'finish'),
      'start_lte: start in the report, finish in the stand-in',
    ],
    [
      'the older shape of people',
      (behaviour) => (behaviour.isOlderShape = true),
      'details of clients, shape: flat in the report, user in the stand-in',
    ],
    [
      'short events',
      (behaviour) => (behaviour.shortSubjects = true),
      'event CREATED_A_CLIENT.status: in the report, not in the stand-in',
    ],
    [
      'another refusal of a key',
      (behaviour) => (behaviour.keyRefusal = [403, { detail: 'Invalid token.' }]),
      'wrong key: 401 in the report, 403 in the stand-in',
    ],
  ])('that plays %s differs', async (_what, change, difference) => {
    expect(await differencesOf(change)).toContain(difference);
  });

  it('that lists an action which an account does not know differs', async () => {
    const reported = {
      ...DOCUMENTED,
      actions: { isList: true, unknownToTutorCruncher: ['CREATED_A_TASK'], withoutTrigger: 0, unknownModels: 0 },
    };
    const { report } = await withStandIn((tutorCruncher) => checkStandIn(tutorCruncher));
    expect(differencesBetween(reported, report)).toEqual([
      'action CREATED_A_TASK: unknown in the report, known to the stand-in',
    ]);
  });

  it('is not held to facts that an account does not show', () => {
    const { app, isFinished } = DOCUMENTED;
    const empty: Report = { app, isFinished, findings: {} };
    expect(differencesBetween(empty, DOCUMENTED)).toEqual([]);
    expect(differencesBetween(DOCUMENTED, empty)).toEqual([]);
  });
});
