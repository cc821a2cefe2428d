/**
 * The routes that the console's page calls. The link of a request determines the channel, so no parameter names a
 * channel.
 */

import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';

import * as wire from '../../wire/console-api.ts';
import { webhookUrlOf } from '../webhook-url.ts';
import { decideByHeaders } from './authorization.ts';
import { createConsoleAccess } from './console-access.ts';
import { consoleEventRoutes } from './console-event-routes.ts';
import { createConsoleParts, type ConsoleParts } from './console-parts.ts';
import { consoleSendingRoutes } from './console-sending-routes.ts';
import { notFound } from './problem.ts';
import type { RouteOptions } from './server-options.ts';
import { foreignSignature } from '../store/problems/signature-checks.ts';
import type { SignatureCheck } from '../store/rows/signature-check.ts';
import { consoleZap, endedZap } from './subscription-formats.ts';

function foreignWord(check: SignatureCheck, now: number): wire.OverviewResponse['foreign_signature'] {
  const foreign = foreignSignature(check, now);
  return foreign && (foreign.isMixed ? 'some' : 'all');
}

function overviewRoutes(
  app: FastifyInstance,
  { store, clock, origin, linkOf, states, counts, afterResults }: ConsoleParts,
): void {
  app.get(wire.CONSOLE_LINK_PATH, async (request): Promise<wire.ConsoleLinkResponse> => {
    const { channel, expiresAt, keys, verdict, verdicts } = await linkOf(request);
    return { channel, expires_at: expiresAt, keys, verdict, verdicts };
  });

  app.get(wire.CONSOLE_OVERVIEW_PATH, async (request): Promise<wire.OverviewResponse> => {
    const { channel } = request;
    const now = clock.now();
    const [state, hours] = await Promise.all([
      states.get(channel, () => afterResults(() => store.channelState(channel, now))),
      counts.get(channel, () => afterResults(() => store.hourCounts(channel, now))),
    ]);
    if (!state) throw notFound('This channel is no longer registered. Open a fresh link in the Zap editor.');
    return {
      now,
      webhook_url: webhookUrlOf(origin, channel, state),
      created_at: state.createdAt,
      last_webhook_at: state.lastEventAt,
      silent_at: state.silentAt,
      foreign_signature: foreignWord(state, now),
      zaps: state.subscriptions.map(consoleZap),
      ended_zaps: state.ended.map((zap) => endedZap(zap, state.subscriptions)),
      hours,
    };
  });
}

/** The plugin with the console's API. */
export const consoleRoutes: FastifyPluginAsync<RouteOptions> = async (app, options) => {
  const { limit, linkOf } = createConsoleAccess(options);
  await app.register(rateLimit, limit);
  decideByHeaders(app, options.connections, async (request) => (await linkOf(request)).channel);
  app.addHook('onSend', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
  });

  const parts = createConsoleParts(options, linkOf);
  for (const addRoutes of [overviewRoutes, consoleEventRoutes, consoleSendingRoutes]) addRoutes(app, parts);
};
