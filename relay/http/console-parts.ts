/**
 * The shared parts of the console's routes: cached results, searches, and reads that first save the results of
 * attempts.
 */

import type { FastifyRequest } from 'fastify';

import { MAX_SENT_AGAIN, type HourCounts } from '../../wire/console-api.ts';
import { channelEventsOf, type ChannelEvents } from '../events/channel-events.ts';
import { createReusedResults } from '../reused-results.ts';
import type { ChannelState } from '../store/rows/channel-state.ts';
import type { ConsoleLink } from '../store/console/links.ts';
import { createConsoleSearches } from './console-searches.ts';
import { notFound, type Problem } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

/** Maximum time that a result of the overview is reused, in milliseconds. */
const MAX_OVERVIEW_AGE_MS = 30_000;

/** The response to a request for an event that is not stored. */
export const noEvent = (): Problem => notFound('This event does not exist, or it is no longer stored.');

/** The parts that the routes of the console's API share. */
export type ConsoleParts = ReturnType<typeof createConsoleParts>;

/** Creates the shared parts. @param linkOf - returns the console link that a request uses */
export function createConsoleParts(options: ServerOptions, linkOf: (request: FastifyRequest) => Promise<ConsoleLink>) {
  const { store, dispatcher, clock, origin } = options;
  const { maxOverviewAgeMs = MAX_OVERVIEW_AGE_MS, maxSentAgain = MAX_SENT_AGAIN } = options;

  /** Saves the results of all attempts, and then reads from the store, so that the state is current. */
  async function afterResults<T>(read: () => Promise<T>): Promise<T> {
    await dispatcher.saveResults();
    return read();
  }

  return {
    store,
    clock,
    origin,
    maxSentAgain,
    linkOf,
    afterResults,
    /** Cached states of channels for the overview, by channel. */
    states: createReusedResults<ChannelState | null>({ maxAgeMs: maxOverviewAgeMs }),
    counts: createReusedResults<HourCounts[]>({ maxAgeMs: maxOverviewAgeMs }),

    /** Returns the channel of a request's link, after saving the results of all attempts. */
    channelOf: ({ channel }: FastifyRequest): Promise<string> => afterResults(() => Promise.resolve(channel)),

    /** Returns the events of a channel. @throws {Problem} 404 if the channel does not have the given Zap */
    eventsOf: async (channel: string, zap?: string): Promise<ChannelEvents> => {
      const events = await channelEventsOf(store, channel);
      if (zap === undefined || events.zaps.some(({ id }) => id === zap)) return events;
      throw notFound('This Zap does not exist, or it has been turned off.');
    },

    search: createConsoleSearches(linkOf),
  };
}
