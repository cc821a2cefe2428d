/** The routes that create, inspect, redrive and delete the subscriptions of a channel. */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { hashOfSecret } from '../../wire/capability.ts';
import { MAX_LABEL_LENGTH, MAX_VALUE_LENGTH, MAX_ZAP_OPTIONS } from '../../wire/console-api.ts';
import * as wire from '../../wire/relay-api.ts';
import { endSubscription } from '../end-subscription.ts';
import type { Subscription } from '../store/rows/subscription.ts';
import { BadTarget, parseTarget } from '../target-url.ts';
import { bearerOf, registeredChannel, type ChannelOf } from './authorization.ts';
import { badRequest, forbidden, notFound, type Problem } from './problem.ts';
import { subscriptionState } from './subscription-formats.ts';
import type { ServerOptions } from './server-options.ts';
import { ACTION, BYTES_32, requiredObject, strictObject } from './schemas.ts';

const ACTIONS = { type: 'array', items: ACTION, maxItems: 500 } as const;

const text = (maxLength: number) => ({ type: 'string', maxLength }) as const;

const OPTION = requiredObject({ label: text(MAX_LABEL_LENGTH), value: text(MAX_VALUE_LENGTH) });

const DESCRIPTION = requiredObject({
  trigger: text(MAX_LABEL_LENGTH),
  options: { type: 'array', maxItems: MAX_ZAP_OPTIONS, items: OPTION },
  zap_id: { type: ['string', 'null'], pattern: '^[0-9]{1,20}$' },
});

const SUBSCRIPTION_SCHEMA = {
  body: {
    ...strictObject(
      {
        target_url: { type: 'string' },
        secret_hash: BYTES_32,
        description: DESCRIPTION,
        notice_key: BYTES_32,
        actions: { ...ACTIONS, minItems: 1 },
        all_except: ACTIONS,
      },
      ['target_url'],
    ),
    oneOf: [{ required: ['actions'] }, { required: ['all_except'] }],
  },
};

interface SubscriptionRoute {
  Params: { id: string };
}

const noSuchSubscription = (): Problem => notFound('This channel has no subscription with this id.');

/** Returns the normalized target URL of a request. @throws {Problem} 400 if the target URL is refused */
function targetIn(url: unknown, origins: readonly string[]): string {
  try {
    return parseTarget(url, origins);
  } catch (error) {
    throw error instanceof BadTarget ? badRequest(error.message) : error;
  }
}

/**
 * Returns the subscription that a request identifies.
 *
 * @throws {Problem} 404 for an unknown subscription
 */
async function requestedSubscription(
  { channel, params }: FastifyRequest<SubscriptionRoute>,
  { store }: ServerOptions,
): Promise<Subscription> {
  const subscription = await store.subscription(channel, params.id);
  if (!subscription) throw noSuchSubscription();
  return subscription;
}

/**
 * Subscribes the target of a request, or updates its subscription.
 *
 * @throws {Problem} 400 if the target URL is refused, 403 if the channel has too many subscriptions
 */
async function subscribe(
  { channel, body }: FastifyRequest<{ Body: wire.SubscriptionRequest }>,
  { store, clock, targetOrigins, maxSubscriptions }: ServerOptions,
): Promise<Subscription> {
  const { target_url, secret_hash: secretHash, notice_key: noticeKey, description, ...filter } = body;
  const wanted = {
    targetUrl: targetIn(target_url, targetOrigins),
    filter,
    ...(secretHash !== undefined && { secretHash }),
    ...(description && { description }),
    ...(noticeKey !== undefined && { noticeKey }),
  };
  const subscription = await store.subscribe(channel, wanted, maxSubscriptions, clock.now());
  if (subscription !== 'full') return subscription;
  throw forbidden(
    `This channel has reached the limit of ${maxSubscriptions} subscriptions. Delete a subscription before adding another.`,
  );
}

/**
 * Returns the channel of a request that ends a subscription. The subscription's secret is enough even if the channel is
 * no longer served, because otherwise nobody could end the subscription.
 */
const channelOfEnded: ChannelOf = async (request, options) => {
  const { id } = request.params as SubscriptionRoute['Params'];
  const withSecret = await options.store.subscriptionWithSecret(id, hashOfSecret(bearerOf(request)));
  return withSecret?.channel ?? registeredChannel(request, options);
};

export function subscriptionRoutes(app: FastifyInstance, options: ServerOptions): void {
  const { store, dispatcher, metrics, clock } = options;

  app.post<{ Body: wire.SubscriptionRequest }>(
    wire.SUBSCRIPTIONS_PATH,
    { schema: SUBSCRIPTION_SCHEMA },
    async (request): Promise<wire.SubscriptionResponse> => ({ id: (await subscribe(request, options)).id }),
  );

  app.get<SubscriptionRoute>(
    `${wire.SUBSCRIPTIONS_PATH}/:id`,
    async (request): Promise<wire.SubscriptionStateResponse> => {
      await dispatcher.saveResults();
      const { id, channel } = await requestedSubscription(request, options);
      const state = await store.channelState(channel, clock.now());
      const found = state?.subscriptions.find((candidate) => candidate.id === id);
      if (!found) throw noSuchSubscription();
      return subscriptionState(clock.now(), found);
    },
  );

  const ending = { config: { channelOf: channelOfEnded } };
  app.delete<SubscriptionRoute>(`${wire.SUBSCRIPTIONS_PATH}/:id`, ending, async (request, reply) => {
    const { id, channel } = await requestedSubscription(request, options);
    await dispatcher.saveResults();
    await endSubscription({ channel, id }, 'unsubscribed', clock.now(), { store, metrics, log: request.log });
    return reply.code(204).send();
  });

  app.post<SubscriptionRoute>(`${wire.SUBSCRIPTIONS_PATH}/:id/redrive`, async (request, reply) => {
    const { id, channel } = await requestedSubscription(request, options);
    await dispatcher.saveResults();
    return reply.code(202).send({ redriven: await store.redrive(channel, id) } satisfies wire.RedriveResponse);
  });
}
