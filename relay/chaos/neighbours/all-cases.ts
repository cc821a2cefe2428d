import { busyChannels } from './busy-channels.ts';
import { clocks } from './clocks.ts';
import { hangingTargets } from './hanging-targets.ts';
import type { NeighbourCase } from './neighbour-case.ts';
import { poisonEvents } from './poison-events.ts';
import { retryAfter } from './retry-after.ts';
import { slowTargets } from './slow-targets.ts';

/** All cases, in the order in which they run. */
export const ALL_CASES: readonly NeighbourCase[] = [
  poisonEvents,
  retryAfter,
  clocks,
  hangingTargets,
  slowTargets,
  busyChannels,
];
