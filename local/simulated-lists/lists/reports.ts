import { once } from '../../../src/once.ts';
import { atChange, generator, numbered, type History, type Version } from '../history.ts';
import { simulatedLessons, type Branch, type SimulatedLesson } from '../lesson-histories.ts';
import { CLIENT, fromNow, polledList, type ListDefinition } from '../polled-list.ts';
import { DAY, HOUR } from '../simulated-time.ts';

/** The state of a report. */
export interface ReportVersion extends Version {
  readonly created: number;
  readonly status: 'written' | 'approved' | 'deleted';
}

/** The seed of the reports of the simulated week. */
const SEED = 76;

/** Number of days after a report's creation in which an approval triggers the Zap. */
const DAYS = 10;

/** Returns the evening some days after a moment. In the evening, the office approves all marked reports as a batch. */
const eveningAfter = (moment: number, days: number): number =>
  Math.ceil(moment / DAY) * DAY + (days - 1) * DAY + 18 * HOUR;

/**
 * Returns the states of a report. Most reports are approved in a batch. Other reports are approved at a different time,
 * too late or never.
 */
function reportAt(created: number, fate: number): ReportVersion[] {
  const written: ReportVersion = { from: created, created, status: 'written' };
  const at = (moment: number, status: ReportVersion['status']): ReportVersion => ({
    from: atChange(moment),
    created,
    status,
  });
  if (fate < 0.1) return [written];
  if (fate < 0.3) return [{ ...written, status: 'approved' }];
  if (fate < 0.4) return [written, at(created + 3 * HOUR, 'approved')];
  if (fate < 0.75) return [written, at(eveningAfter(created, 1), 'approved')];
  if (fate < 0.85) return [written, at(eveningAfter(created, 7), 'approved')];
  if (fate < 0.9) return [written, at(created + (DAYS + 1) * DAY, 'approved')];
  const approved = at(created + 2 * HOUR, 'approved');
  if (fate < 0.95) return [written, approved, at(created + 30 * HOUR, 'deleted')];
  // The approval is withdrawn, and the report is approved again.
  return [written, approved, at(created + 20 * HOUR, 'written'), at(created + 26 * HOUR, 'approved')];
}

/** Returns the time at which the report about a lesson was written; null if the lesson has no report. */
function writtenAt({ versions }: SimulatedLesson): number | null {
  const [last, before] = [versions.at(-1), versions.at(-2)];
  return last?.status === 'complete' && before?.status === 'awaiting-report' ? last.from : null;
}

/** Returns the reports of a branch, one for each lesson whose report was written. */
export function simulatedReports(seed: number, branch?: Branch): History<ReportVersion>[] {
  const random = generator(seed);
  const written = simulatedLessons(seed, branch).flatMap((lesson) => writtenAt(lesson) ?? []);
  return numbered(written.map((created) => reportAt(created, random())));
}

const dueReport = (index: number) => ({ approved: true, dt_created: fromNow(-1 - index) });

/** The list of reports. */
export const reportList: ListDefinition<ReportVersion> = {
  path: 'reports',
  histories: once(() => simulatedReports(SEED)),
  timeOf: ({ created }) => created,
  isSortedById: true,
  rowOf: (id, { created, status }, timeText) => ({
    url: `https://app.tutorcruncher.com/api/reports/${id}/`,
    approved: status === 'approved',
    client: CLIENT,
    dt_created: timeText(created),
    service_recipient: { id: 5, first_name: 'Leo', last_name: 'Raman' },
  }),
  detailsOf: () => ({ extra_attrs: [] }),
  due: { report_approved: dueReport },
  newest: () => dueReport(0),
  zaps: [
    {
      trigger: 'report_approved',
      title: 'Report Approved',
      condition: (id, { created, status }) =>
        status === 'approved' ? { id: String(id), from: created, to: created + DAYS * DAY } : null,
      requestsPerHour: 140,
    },
  ],
};

export const list = polledList(reportList);
