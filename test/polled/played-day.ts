/** A thread that plays a busy day, for the same reason as `played-week.ts`. */

import { parentPort, workerData } from 'node:worker_threads';

import { playDay, type Day } from './busy-day.ts';

parentPort?.postMessage(await playDay(workerData as Day));
