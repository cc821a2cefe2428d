/**
 * A thread that simulates busy days, one after another. The code of the app runs twice as fast outside Jest's sandbox,
 * and loading the code takes as long as simulating a day.
 */

import { parentPort } from 'node:worker_threads';

import { playDay, type Day } from './busy-day.ts';

const play = async (day: Day): Promise<void> => {
  parentPort?.postMessage(await playDay(day));
};
// An error ends the thread. The test that waits for the day then reports the error.
parentPort?.on('message', (day: Day) => void play(day));
