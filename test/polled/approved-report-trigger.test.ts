/** Report Approved: the reports that trigger, their choices, and the days of the busiest simulated branch. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { once } from '../../src/once.ts';
import { reportList, simulatedReports } from '../../local/simulated-lists/lists/reports.ts';
import { timesOf } from '../../local/simulated-lists/history.ts';
import { simulatedLessons } from '../../local/simulated-lists/lesson-histories.ts';
import { lessonList } from '../../local/simulated-lists/lists/lessons.ts';
import { polledList, statesOf, type SimulatedZap } from '../../local/simulated-lists/polled-list.ts';
import { DAY_START, HOUR, MINUTE } from '../../local/simulated-lists/simulated-time.ts';
import { SimulatedTutorCruncher } from '../../local/simulated-lists/simulated-tutorcruncher.ts';
import { SimulatedZapier } from '../../local/simulated-lists/simulated-zapier.ts';
import { report } from '../../objects/report.ts';
import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';
import { fromNow, poll } from '../support/polls.ts';
import { expectedRuns } from './scenarios/expected-runs.ts';
import { LESSON_ZAPS, SEVEN } from './scenarios/lesson-zaps.ts';
import { playZap } from './scenarios/played-zap.ts';

const tutorCruncher = useTutorCruncher();

beforeEach(() => {
  tutorCruncher.now.account.addList('reports', []);
});

const text = (value: string): JsonObject[] => [
  { id: 1, machine_name: 'client_report', name: 'Report', type: 'Long Textbox', value },
];

/** Adds a report. @param days - days since the report was written */
const add = (days: number, approved: unknown, fields: JsonObject = {}) =>
  tutorCruncher.now.account.add('reports', {
    ...report.sample.subject,
    dt_created: fromNow(-24 * days),
    approved,
    extra_attrs: text('Well done.'),
    ...fields,
  });
const idsOf = async (inputData: JsonObject = {}, keepsCache = false) =>
  (await poll('report_approved', inputData, { keepsCache })).map(({ id }) => id);
const approve = (id: number) => tutorCruncher.now.account.change('reports', id, { approved: true });
/** Ends the pause before the list is read again. */
const later = async <T>(read: () => Promise<T>): Promise<T> => {
  const realNow = Date.now;
  Date.now = () => realNow() + 10 * 60_000;
  return read().finally(() => {
    Date.now = realNow;
  });
};

describe('an approved report', () => {
  it('runs the Zap once, however many were approved together, up to 10 days after it was written', async () => {
    const [one, other] = [add(9.99, false), add(1, false)];
    add(10.01, true);
    add(2, false);
    expect(await idsOf()).toEqual([]);
    for (const { id } of [one, other]) approve(id);
    expect(await later(() => idsOf({}, true))).toEqual([String(other.id), String(one.id)]);
  });

  it('runs the Zap only once if its approval is withdrawn and given again', async () => {
    const { id } = add(1, true);
    expect(await idsOf()).toEqual([String(id)]);
    tutorCruncher.now.account.change('reports', id, { approved: false });
    approve(id);
    expect(await later(() => idsOf({}, true))).toEqual([]);
  });

  it('returns the record of the report with its id from the URL, and no fields of an event', async () => {
    const { id } = add(1, true);
    const [record] = await poll('report_approved');
    expect(record).toMatchObject({
      id: String(id),
      report_id: id,
      report_approved: true,
      student_name: 'Leo Raman',
      custom_client_report: 'Well done.',
    });
    expect(Object.keys(record ?? {}).filter((key) => /^(?:event|actor)_/.test(key))).toEqual([]);
    expect(tutorCruncher.requests()[0]?.path).toMatch(/^\/api\/reports\/\?dt_created_gte=[^&]+&dt_created_lte=[^&]+$/);
  });

  it('does not run the Zap if the approval is withdrawn before the report is read', async () => {
    const { id } = add(1, true);
    tutorCruncher.now.behaviour.alter = ({ path }, response) =>
      path.endsWith(`/${id}/`)
        ? [200, { ...tutorCruncher.now.account.find('reports', id), approved: false }]
        : response;
    expect(await idsOf()).toEqual([]);
  });

  it.each([
    ['approved', [undefined, null, 'perhaps'], /approval status of a report/],
    ['dt_created', [undefined, null, 'yesterday'], /time of creation of a report/],
  ])('fails if TutorCruncher does not send %s, in rows or in details', async (field, values, message) => {
    for (const isRow of [true, false]) {
      for (const value of values) {
        tutorCruncher.now.account.addList('reports', []);
        const { id } = add(1, true);
        const changed = { ...tutorCruncher.now.account.find('reports', id), [field]: value };
        tutorCruncher.now.behaviour.alter = ({ path }, response) => {
          const isDetails = path.endsWith(`/${id}/`);
          if (isDetails === isRow) return response;
          return isDetails ? [200, changed] : [200, { count: 1, next: null, results: [changed] }];
        };
        expect(await failureOf(idsOf())).toMatch(message);
      }
    }
  });
});

describe('the choices', () => {
  it('leave out reports without a text', async () => {
    const { id } = add(1, true);
    add(1, true, { extra_attrs: text('null') });
    expect(await idsOf({ only_reports_with_text: true })).toEqual([String(id)]);
  });

  it.each([
    ['attended', 1],
    ['missed', 0],
    ['missed-chargeable', 0],
  ])('compare the status of the student in the lesson: %s', async (status, count) => {
    add(1, true);
    tutorCruncher.now.account.change('appointments', 9106, {
      rcras: [{ recipient: 503, paying_client: 301, status }],
    });
    expect(await idsOf({ only_students_who_attended: true })).toHaveLength(count);
  });
});

describe('a branch whose lessons have reports', () => {
  const played = { from: DAY_START, to: DAY_START + 12 * HOUR };
  const branch = (perDay: number) => ({ perDay, crowd: Math.min(100, perDay / 2), days: 4 });
  const busy = (perDay: number) =>
    polledList({
      ...reportList,
      histories: once(() => simulatedReports(3, branch(perDay))),
      zaps: reportList.zaps.map((zap) => ({ ...zap, keepsNotes: true })),
    });
  const alone = async (perDay: number, minutes: number) => {
    const list = busy(perDay);
    const [zap] = list.zaps;
    if (!zap) throw new Error('The list has no Zap.');
    return playZap(list, zap, minutes, played);
  };

  it.each([
    [600, 2],
    [600, 15],
    [700, 15],
  ])(
    'runs the Zap once for each: %d lessons a day, polls every %d minutes',
    async (perDay, minutes) => {
      const { problems, runs } = await alone(perDay, minutes);
      expect(problems).toEqual([]);
      expect(runs).toBeGreaterThan(100);
    },
    300_000,
  );

  it('fails with a message if there are too many', async () => {
    const { problems } = await alone(1_000, 15);
    expect(problems.at(-1)).toMatch(
      /too many records .+ It reads all reports of 10 days\. Use the trigger "New Event"/,
    );
  }, 300_000);

  it.each([
    [300, 2],
    [60, 15],
  ])(
    'runs the Zap beside seven others: %d lessons a day, polls every %d minutes',
    async (perDay, minutes) => {
      const [list, lessons] = [busy(perDay), simulatedLessons(3, branch(perDay))];
      const lessonZaps = LESSON_ZAPS.filter(({ id }) => SEVEN.includes(id)).map(
        ({ condition, ...zap }): SimulatedZap => ({ ...zap, times: () => timesOf(lessons, condition) }),
      );
      const tutorCruncher = new SimulatedTutorCruncher(
        [
          { path: list.path, states: list.states() },
          { path: lessonList.path, states: statesOf(lessonList, lessons) },
        ],
        { from: 0, to: 0 },
      );
      const zapier = new SimulatedZapier(tutorCruncher, [...lessonZaps, ...list.zaps]);
      const realNow = Date.now;
      Date.now = () => tutorCruncher.now;
      await zapier.play(played, minutes * MINUTE).finally(() => {
        Date.now = realNow;
      });
      expect(zapier.messages).toEqual([]);
      expect(Math.max(...tutorCruncher.perMinute.values())).toBeLessThanOrEqual(70);
      for (const zap of list.zaps) {
        // A report that is approved while the Zaps are turned on can be noted as known.
        const { ids } = expectedRuns(zap, HOUR, { ...played, from: played.from + MINUTE });
        const runs = new Set(zapier.runs.get(zap.id)?.map(({ id }) => id));
        expect(ids.length).toBeGreaterThan(10);
        expect(ids.filter((id) => !runs.has(id))).toEqual([]);
      }
    },
    300_000,
  );
});
