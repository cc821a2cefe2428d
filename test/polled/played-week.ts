/**
 * A thread that plays the simulated week. It runs in a thread of its own because the code of the app runs twice as fast
 * outside Jest's sandbox.
 */

import { parentPort, workerData } from 'node:worker_threads';

import { ALL_ZAPS, FORGETTING, LONG_ZAP, type Interval } from './expected-runs.ts';
import { MINUTE, SEED, simulatedLessons } from './simulated-lessons.ts';
import { SimulatedTutorCruncher } from './simulated-tutorcruncher.ts';
import { SimulatedZapier, type PlayedRun } from './simulated-zapier.ts';

/** The time to play, in milliseconds since 1970. */
export interface Week extends Interval {
  /** Minutes between two polls of a Zap. */
  readonly minutes: number;
  readonly zapIds: readonly string[];
}

/** The result of a week. The maps have an entry for each Zap. */
export interface PlayedWeek {
  readonly runs: ReadonlyMap<string, readonly PlayedRun[]>;
  readonly failedPolls: ReadonlyMap<string, number>;
  readonly messages: readonly string[];
  readonly requests: ReadonlyMap<string, number>;
  /** The requests of each minute that had any. */
  readonly requestsPerMinute: readonly number[];
}

const week = workerData as Week;
const tutorCruncher = new SimulatedTutorCruncher(simulatedLessons(SEED));
const zaps = ALL_ZAPS.filter(({ id }) => week.zapIds.includes(id));
const zapier = new SimulatedZapier(tutorCruncher, zaps, { forgetting: FORGETTING, keptZapId: LONG_ZAP.id });
Date.now = () => tutorCruncher.now;
await zapier.play(week, week.minutes * MINUTE);
const result: PlayedWeek = {
  runs: zapier.runs,
  failedPolls: zapier.failedPolls,
  messages: zapier.messages,
  requests: tutorCruncher.perZap,
  requestsPerMinute: [...tutorCruncher.perMinute.values()],
};
parentPort?.postMessage(result);
