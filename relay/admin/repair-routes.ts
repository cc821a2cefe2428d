/** The routes that repair subscriptions and channels. Each repair leaves a line in the log. */

import type { FastifyPluginCallback } from 'fastify';

import { notFound, type Problem } from '../http/problem.ts';
import type { Log } from '../log.ts';
import { shortNameOf } from '../short-name.ts';
import type { SubscriptionName } from '../store/operator-store.ts';
import type { Store } from '../store/store.ts';
import { findChannel, findSubscription } from './lookup.ts';
import type { ChannelRequest, ForgetResponse, RepairResponse, SubscriptionRequest } from './protocol.ts';
import { CHANNEL_SCHEMA, SUBSCRIPTION_SCHEMA } from './schemas.ts';

export interface RepairRouteOptions {
  readonly store: Store;
  readonly log: Log;
}

const noDeadLetters = (): Problem =>
  notFound('The subscription has no dead letters. "waiting" lists the events that are still to be delivered.');

export const repairRoutes: FastifyPluginCallback<RepairRouteOptions> = (app, { store, log }, done) => {
  /** Logs a repair, and returns the response to its request. */
  function repaired(command: string, { channel, id }: SubscriptionName, events: number): RepairResponse {
    const names = { channel: shortNameOf(channel), subscription: id };
    log.info({ command, ...names, events }, 'An operator repaired a subscription.');
    return { ...names, events };
  }

  app.post<{ Body: SubscriptionRequest }>(
    '/redrive',
    { schema: SUBSCRIPTION_SCHEMA },
    async ({ body: { subscription } }): Promise<RepairResponse> => {
      const found = await findSubscription(store, subscription);
      const count = await store.redrive(found.channel, found.id);
      if (count === 0) throw noDeadLetters();
      return repaired('redrive', found, count);
    },
  );

  app.post<{ Body: ChannelRequest }>(
    '/forget',
    { schema: CHANNEL_SCHEMA },
    async ({ body }): Promise<ForgetResponse> => {
      const channel = await findChannel(store, body.channel);
      const name = shortNameOf(channel);
      await store.deleteChannel(channel);
      log.info({ command: 'forget', channel: name }, 'An operator deleted a channel and all its data.');
      return { channel: name };
    },
  );
  done();
};
