/** Simulates days in a separate thread, because the code of the app runs twice as fast outside Jest's sandbox. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { afterAll } from '@jest/globals';

import type { Day, PlayedDay } from './busy-day.ts';

let worker: Worker | null = null;
afterAll(() => worker?.terminate());

/**
 * Simulates a day.
 *
 * @throws {Error} if a poll fails for an unexpected reason, returns an id twice, or returns more than 100 new ids
 */
export async function played(day: Day): Promise<PlayedDay> {
  worker ??= new Worker(new URL('played-day.ts', import.meta.url));
  worker.postMessage(day);
  try {
    const [result] = (await once(worker, 'message')) as [PlayedDay];
    return result;
  } catch (error) {
    // The next day needs a new thread, because this thread has ended.
    worker = null;
    throw error;
  }
}
