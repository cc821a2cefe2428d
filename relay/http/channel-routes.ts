/**
 * The routes that register, inspect and delete the channel of a token, and the routes that create links to its console
 * and report signatures.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import * as links from '../../wire/link-api.ts';
import * as wire from '../../wire/relay-api.ts';
import { canWrapFor } from '../../wire/sealing/key-wrap.ts';
import { sealKeyFingerprint, sealKeyFromText } from '../../wire/sealing/seal-key.ts';
import { isJsonObject } from '../../wire/json.ts';
import { DAY_MS, HOUR_MS } from '../clock.ts';
import type { ChannelState, Registration } from '../store/rows/channel-state.ts';
import { webhookUrlOf } from '../webhook-url.ts';
import {
  authorizedChannel,
  isWithSecret,
  mayRegister,
  notRegistered,
  notServed,
  type ChannelOf,
} from './authorization.ts';
import { createEventsResponses, listParts } from './events-response.ts';
import { badRequest, conflict, forbidden, type Problem } from './problem.ts';
import { goneSubscription, isoTime, optionalIsoTime, subscriptionState } from './subscription-formats.ts';
import type { ServerOptions } from './server-options.ts';
import { ACTION, BYTES_32, requiredObject, strictObject, UUID, WHOLE_NUMBER } from './schemas.ts';

/**
 * Time without events or subscriptions after which a new channel may replace a channel. Setting up Zaps takes less
 * time.
 */
const IDLE_CHANNEL_MS = 30 * DAY_MS;

const EVENTS_SCHEMA = {
  querystring: strictObject({
    action: ACTION,
    limit: { type: 'integer', minimum: 1, maximum: links.MAX_VERDICTS, default: 3 },
    alone: { type: 'boolean', default: false },
    before: WHOLE_NUMBER,
  }),
};

const WRAPPED_KEY = {
  type: 'string',
  pattern: '^[A-Za-z0-9+/]+={0,2}$',
  maxLength: (links.MAX_LINK_KEY_BYTES / 3) * 4,
};
const LINK_KEY = requiredObject({ key_id: UUID, wrapped_key: WRAPPED_KEY });
const VERDICT = requiredObject({ delivery_id: UUID, received_at: WHOLE_NUMBER, is_valid: { type: 'boolean' } });

const VERDICTS = { type: 'array', maxItems: links.MAX_VERDICTS, items: VERDICT } as const;
const SIGNATURES_SCHEMA = { body: requiredObject({ verdicts: VERDICTS }) };

const LINK_SCHEMA = {
  body: strictObject(
    {
      access_token_hash: BYTES_32,
      keys: { type: 'array', maxItems: links.MAX_LINK_KEYS, items: LINK_KEY },
      verdict: { ...VERDICT, type: ['object', 'null'] },
      verdicts: VERDICTS,
    },
    ['access_token_hash', 'keys', 'verdict'],
  ),
};

const otherSealKey = (): Problem =>
  conflict(
    'This channel is registered with another seal key, and a delivery that is sealed for it cannot be opened with the ' +
      "app's key. A seal key can be replaced only by deleting the channel with its events and subscriptions: DELETE /channel.",
  );

/**
 * Returns the public seal key in the body of a request.
 *
 * @throws {Problem} 400 unless deliveries can be sealed with the key
 */
async function sealKeyIn(body: unknown): Promise<Buffer> {
  const text = isJsonObject(body) && typeof body.seal_key === 'string' ? body.seal_key : '';
  const sealKey = sealKeyFromText(text);
  if (sealKey && (await canWrapFor(sealKey))) return Buffer.from(sealKey);
  throw badRequest(
    'The body must contain the public seal key of the channel, an X25519 key of 32 bytes in base64url without padding. ' +
      'Send {"seal_key": "<key>"}.',
  );
}

/**
 * Returns the channel that a request may register. A channel may register with the secret, if it is on the operator's
 * list, or if it is registered already. Zaps of a registered channel therefore continue to work while the operator and
 * the app change the secret.
 */
const registrableChannel: ChannelOf = async (request, options) => {
  const { admission, registered } = options;
  const channel = authorizedChannel(request);
  if (mayRegister(request, channel, options)) return channel;
  const registration = await registered.lookUp(channel);
  if (!registration) {
    const given = request.headers[wire.REGISTRATION_SECRET_HEADER] === undefined ? 'none' : 'another secret';
    throw forbidden(
      `This relay registers a channel only with its registration secret. The request contains ${given}. ` +
        'Developer of the app: set RELAY_REGISTRATION_SECRET of the app version to the secret of the relay. ' +
        'Operator of the relay: to register the channel without a secret, add it to RELAY_CHANNELS_FILE.',
    );
  }
  if (await admission.serves(channel, () => Promise.resolve(registration))) return channel;
  throw notServed();
};

/**
 * Registers the channel of a request, or confirms its registration.
 *
 * @throws {Problem} if the channel cannot be registered
 */
async function register(request: FastifyRequest, options: ServerOptions): Promise<Registration> {
  const { store, clock, maxChannels, registered } = options;
  const { channel } = request;
  if (!mayRegister(request, channel, options)) {
    const registration = await registered.lookUp(channel);
    if (!registration) throw notRegistered();
    if (!registration.sealKey.equals(await sealKeyIn(request.body))) throw otherSealKey();
    return registration;
  }
  const sealKey = await sealKeyIn(request.body);
  const conditions = { sealKey, maxChannels, idleMs: IDLE_CHANNEL_MS, withSecret: isWithSecret(request, options) };
  const result = await store.registerChannel(channel, conditions, clock.now());
  registered.forget(channel);
  if (result === 'other-seal-key') throw otherSealKey();
  if (result === 'full') {
    throw forbidden('This relay has reached its maximum number of channels. Ask its operator to raise the limit.');
  }
  const registration = await registered.lookUp(channel);
  if (!registration) throw notRegistered();
  return registration;
}

const channelResponse = (origin: string, channel: string, registration: Registration): wire.ChannelResponse => ({
  channel,
  seal_key_fingerprint: sealKeyFingerprint(registration.sealKey),
  webhook_url: webhookUrlOf(origin, channel, registration),
});

function channelStateResponse(origin: string, state: ChannelState, now: number): wire.ChannelStateResponse {
  const subscriptions = state.subscriptions.map((subscription) => subscriptionState(now, subscription));
  return {
    ...channelResponse(origin, state.channel, state),
    created_at: isoTime(state.createdAt),
    last_event_at: optionalIsoTime(state.lastEventAt),
    old_webhook_url:
      state.oldUrlUntil === null
        ? null
        : { works_until: isoTime(state.oldUrlUntil), last_event_at: optionalIsoTime(state.oldUrlEventAt) },
    events_24h: state.events24h,
    others_24h: state.others24h,
    silent_at: optionalIsoTime(state.silentAt),
    stored_bytes: state.storedBytes,
    lag_seconds: Math.max(0, ...subscriptions.map(({ lag_seconds }) => lag_seconds)),
    subscriptions,
    gone_subscriptions: state.ended.filter(({ deadLetters }) => deadLetters > 0).map(goneSubscription),
  };
}

/** Adds the routes that register, inspect and delete the channel of a token, and the route that returns its events. */
export function channelRoutes(app: FastifyInstance, options: ServerOptions): void {
  const events = createEventsResponses();
  const { store, dispatcher, clock, registered, sealer, origin } = options;

  app.put(wire.CHANNEL_PATH, { config: { channelOf: registrableChannel } }, async (request) =>
    channelResponse(origin, request.channel, await register(request, options)),
  );

  app.get(wire.CHANNEL_PATH, async ({ channel }): Promise<wire.ChannelStateResponse> => {
    await dispatcher.saveResults();
    const now = clock.now();
    const state = await store.channelState(channel, now);
    if (!state) throw notRegistered();
    return channelStateResponse(origin, state, now);
  });

  app.delete(wire.CHANNEL_PATH, async ({ channel }, reply) => {
    await store.deleteChannel(channel);
    registered.forget(channel);
    sealer.forget(channel);
    return reply.code(204).send();
  });

  app.get<{ Querystring: { action?: string; limit: number; alone: boolean; before?: number } }>(
    wire.EVENTS_PATH,
    { schema: EVENTS_SCHEMA },
    async ({ channel, query }, reply) => {
      const { action = null, limit, alone, before = Number.MAX_SAFE_INTEGER } = query;
      let next: number | null = null;
      const read = async () => {
        const { range, end } = await store.window(channel, { after: 0, upTo: before - 1 }, 'newest first');
        const latest = await store.latest(channel, action, limit, alone, range);
        if (latest.length === 0) next = end;
        return latest;
      };
      return events.send(channel, reply, read, (deliveries) => listParts(deliveries, next));
    },
  );
}

/** Adds the routes that create links to the console of a channel, and the route that reports signatures. */
export function linkRoutes(app: FastifyInstance, { store, clock }: ServerOptions): void {
  app.get(links.DATA_KEYS_PATH, async ({ channel }): Promise<links.DataKeysResponse> => {
    const keys = await store.dataKeys(channel, links.MAX_LINK_KEYS);
    return {
      keys: keys.map(({ keyId, wrappedKey }) => ({ key_id: keyId, wrapped_key: wrappedKey.toString('base64') })),
    };
  });

  app.post<{ Body: links.LinkRequest }>(links.LINKS_PATH, { schema: LINK_SCHEMA }, async ({ channel, body }, reply) => {
    const { access_token_hash: tokenHash, ...contents } = body;
    const link = { tokenHash, ...contents };
    const expiresAt = await store.addLink(channel, link, links.LINK_HOURS * HOUR_MS, links.MAX_LINKS);
    // A link of another channel cannot have the same hash, so the channel must have been deleted during the request.
    if (expiresAt === null) throw notRegistered();
    const { verdict, verdicts = [] } = body;
    await store.noteVerdicts(channel, verdicts.length > 0 || !verdict ? verdicts : [verdict], false, clock.now());
    return reply.code(201).send({ expires_at: expiresAt } satisfies links.LinkResponse);
  });

  app.post<{ Body: links.SignaturesRequest }>(
    links.SIGNATURES_PATH,
    { schema: SIGNATURES_SCHEMA },
    async ({ channel, body }, reply) => {
      await store.noteVerdicts(channel, body.verdicts, true, clock.now());
      return reply.code(204).send();
    },
  );
}
