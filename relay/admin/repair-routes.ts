/** The routes that repair subscriptions and channels, and the route of the backup. Each repair is logged. */

import type { FastifyPluginCallback } from 'fastify';

import type { Clock } from '../clock.ts';
import { notFound, Problem } from '../http/problem.ts';
import type { Log } from '../log.ts';
import { shortNameOf } from '../short-name.ts';
import type { SubscriptionName } from '../store/operator-store.ts';
import type { Store } from '../store/store.ts';
import { writeBackup } from './backup.ts';
import { findChannel, findSubscription } from './lookup.ts';
import type {
  BackupRequest,
  BackupResponse,
  ChannelRequest,
  ForgetResponse,
  RepairResponse,
  SkipResponse,
  SubscriptionRequest,
} from './protocol.ts';
import { BACKUP_SCHEMA, CHANNEL_SCHEMA, SUBSCRIPTION_SCHEMA } from './schemas.ts';
import { skipOldest } from './skip.ts';

export interface RepairRouteOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

const noDeadLetters = (): Problem =>
  notFound('The subscription has no dead letters. "waiting" lists the events that are still to be delivered.');

const conflict = (detail: string): Problem => new Problem(409, 'Conflict', detail);

export const repairRoutes: FastifyPluginCallback<RepairRouteOptions> = (app, { store, clock, log }, done) => {
  /** Logs a repair and returns the response to its request. */
  function repaired(command: string, { channel, id }: SubscriptionName, events: number): RepairResponse {
    const names = { channel: shortNameOf(channel), subscription: id };
    log.info({ command, ...names, events }, 'An operator changed the state of a subscription.');
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

  async function waitingFor({ channel, id }: SubscriptionName): Promise<number> {
    const state = await store.channelState(channel, clock.now());
    return state?.subscriptions.find((candidate) => candidate.id === id)?.pending ?? 0;
  }

  app.post<{ Body: SubscriptionRequest }>(
    '/pause',
    { schema: SUBSCRIPTION_SCHEMA },
    async ({ body: { subscription } }): Promise<RepairResponse> => {
      const found = await findSubscription(store, subscription);
      if (!(await store.pause(found, clock.now()))) throw conflict('The subscription is already paused.');
      return repaired('pause', found, await waitingFor(found));
    },
  );

  app.post<{ Body: SubscriptionRequest }>(
    '/resume',
    { schema: SUBSCRIPTION_SCHEMA },
    async ({ body: { subscription } }): Promise<RepairResponse> => {
      const found = await findSubscription(store, subscription);
      const events = await waitingFor(found);
      if (!(await store.resume(found, clock.now()))) {
        throw conflict('The subscription is not paused. If nothing is delivered, "subscriptions" shows its failures.');
      }
      return repaired('resume', found, events);
    },
  );

  app.post<{ Body: SubscriptionRequest }>(
    '/skip',
    { schema: SUBSCRIPTION_SCHEMA },
    async ({ body: { subscription } }): Promise<SkipResponse> => {
      const found = await findSubscription(store, subscription);
      const response = await skipOldest(store, found, clock);
      repaired('skip', found, response.result === 'delivered' ? 0 : 1);
      return response;
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

  app.post<{ Body: BackupRequest }>(
    '/backup',
    { schema: BACKUP_SCHEMA },
    async ({ body: { file } }): Promise<BackupResponse> => {
      const response = await writeBackup(store, file);
      log.info({ command: 'backup', bytes: response.bytes }, 'An operator made a backup.');
      return response;
    },
  );
  done();
};
