import { busyChannels } from './busy-channels.ts';
import { channelState } from './channel-state.ts';
import { clocks } from './clocks.ts';
import { contentTypes } from './content-types.ts';
import { delistedChannel } from './delisted-channel.ts';
import { eventRate } from './event-rate.ts';
import { fileSize } from './file-size.ts';
import { fullChannel } from './full-channel.ts';
import { hangingTargets } from './hanging-targets.ts';
import { hostileBodies } from './hostile-bodies.ts';
import { largeAnswers } from './large-answers.ts';
import { lockedRows } from './locked-rows.ts';
import type { NeighbourCase } from './neighbour-case.ts';
import { poisonEvents } from './poison-events.ts';
import { privateAddresses } from './private-addresses.ts';
import { retryAfter } from './retry-after.ts';
import { slowTargets } from './slow-targets.ts';
import { strangers } from './strangers.ts';
import { unfinishedBodies } from './unfinished-bodies.ts';

/** All cases. The cases in a lane run in this order. Cases that measure short delays come last. */
export const ALL_CASES: readonly NeighbourCase[] = [
  poisonEvents,
  retryAfter,
  clocks,
  fileSize,
  contentTypes,
  privateAddresses,
  delistedChannel,
  strangers,
  eventRate,
  hangingTargets,
  slowTargets,
  busyChannels,
  hostileBodies,
  unfinishedBodies,
  largeAnswers,
  fullChannel,
  channelState,
  lockedRows,
];
