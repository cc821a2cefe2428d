/** The polls of a single Zap over some time, compared with the runs computed from the histories of the records. */

import { FROM_DETAILS, type ListedZap, type PolledList } from '../../../local/simulated-lists/polled-list.ts';
import { FORGETTING, HOUR, MINUTE, OUTAGE, type Interval } from '../../../local/simulated-lists/simulated-time.ts';
import { expectedRuns } from './expected-runs.ts';
import { SimulatedTutorCruncher } from '../../../local/simulated-lists/simulated-tutorcruncher.ts';
import { SimulatedZapier } from '../../../local/simulated-lists/simulated-zapier.ts';

/**
 * Maximum number of requests of polls in a minute. TutorCruncher accepts 100 requests a minute from all steps of a
 * branch together. Polls use up to 68 of them, and requests for the branch are additional.
 */
const MAX_REQUESTS = 70;

/** A Zap that was polled. */
export interface PlayedZap {
  readonly title: string;
  readonly runs: number;
  readonly requestsPerHour: number;
  /** The differences from the expected behaviour; empty if there are none. */
  readonly problems: readonly string[];
}

/** Returns the differences between the runs of a Zap and the runs that it must have. */
function wrongRuns(zap: ListedZap, ids: readonly string[], interval: number, played: Interval): string[] {
  const { ids: wanted, unclear } = expectedRuns(zap, interval, played);
  const [actual, possible] = [new Set(ids), new Set([...wanted, ...unclear])];
  return [
    ...wanted.filter((id) => !actual.has(id)).map((id) => `no run for ${id}`),
    ...ids.filter((id) => !possible.has(id)).map((id) => `a run for ${id}`),
    ...(wanted.length < 3 ? [`only ${wanted.length} records fit in this time, so it proves little`] : []),
    ...(unclear.length > wanted.length / 2 ? [`${unclear.length} records fit so briefly that it proves little`] : []),
  ];
}

/** Returns the limit of requests if it was exceeded. */
function exceededLimit(perMinute: readonly number[]): string[] {
  const most = Math.max(...perMinute);
  return most > MAX_REQUESTS ? [`${most} requests in a minute`] : [];
}

/** Returns a list, and the other lists that its Zaps read, in the form for the simulated TutorCruncher. */
const statesForZaps = (list: PolledList) =>
  [list, ...list.readsAlso].map(({ path, states }) => ({ path, states: states() }));

/** Polls a Zap for some time, and replaces `Date.now` during this time. @param minutes - minutes between two polls */
export async function playZap(list: PolledList, zap: ListedZap, minutes: number, played: Interval): Promise<PlayedZap> {
  const interval = minutes * MINUTE;
  const tutorCruncher = new SimulatedTutorCruncher(statesForZaps(list), OUTAGE);
  const forgetting = zap.keepsNotes ? [] : FORGETTING;
  const zapier = new SimulatedZapier(tutorCruncher, [zap], { forgetting });
  const losses = forgetting.filter((moment) => moment >= played.from && moment < played.to).length;
  const realNow = Date.now;
  Date.now = () => tutorCruncher.now;
  await zapier.play(played, interval).finally(() => {
    Date.now = realNow;
  });
  const runs = zapier.runs.get(zap.id) ?? [];
  const perMinute = [...tutorCruncher.perMinute.values()];
  const requests = perMinute.reduce((sum, count) => sum + count, 0);
  const failedPolls = zapier.failedPolls.get(zap.id) ?? 0;
  const rowsOnly = runs.filter(({ record }) => !Object.values(record).includes(FROM_DETAILS));
  return {
    title: zap.title,
    runs: runs.length,
    requestsPerHour: Math.round((HOUR * requests) / (played.to - played.from)),
    problems: [
      ...wrongRuns(
        zap,
        runs.map(({ id }) => id),
        interval,
        played,
      ),
      ...(list.hasFullRows ? [] : rowsOnly.map(({ id }) => `the record of ${id} comes from a row`)),
      ...(failedPolls > (OUTAGE.to - OUTAGE.from) / interval ? [`${failedPolls} polls failed`] : []),
      ...zapier.messages,
      ...exceededLimit(perMinute),
      ...(zapier.recoveries > losses ? [`${zapier.recoveries} errors about lost notes`] : []),
    ],
  };
}
