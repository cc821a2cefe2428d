/** A thread that polls each Zap of all lists alone. The code of the app runs twice as fast outside Jest's sandbox. */

import { parentPort, workerData } from 'node:worker_threads';

import { POLLED_LISTS } from '../../../local/simulated-lists/all-lists.ts';
import type { Interval } from '../../../local/simulated-lists/simulated-time.ts';
import { playZap, type PlayedZap } from './played-zap.ts';

/** The period in which the Zaps are polled. */
export interface PlayedTime extends Interval {
  /** Minutes between two polls of a Zap. */
  readonly minutes: number;
}

const { minutes, from, to } = workerData as PlayedTime;
const played: PlayedZap[] = [];
for (const list of POLLED_LISTS) {
  for (const zap of list.zaps) played.push(await playZap(list, zap, minutes, { from, to }));
}
parentPort?.postMessage(played);
