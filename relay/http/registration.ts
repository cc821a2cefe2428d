/** The registration of channels: the conditions for registering a channel, and the seal key of a channel. */

import type { FastifyRequest } from 'fastify';

import { isJsonObject } from '../../wire/json.ts';
import { REGISTRATION_SECRET_HEADER } from '../../wire/relay-api.ts';
import { canWrapFor } from '../../wire/sealing/key-wrap.ts';
import { sealKeyFromText } from '../../wire/sealing/seal-key.ts';
import { DAY_MS } from '../clock.ts';
import type { Registration } from '../store/rows/channel-state.ts';
import { authorizedChannel, notRegistered, notServed, type ChannelOf } from './authorization.ts';
import { badRequest, conflict, forbidden, type Problem } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

/**
 * Time without events or subscriptions after which a channel can be deleted to make room for a new channel, in
 * milliseconds. Setting up Zaps takes less time.
 */
const IDLE_CHANNEL_MS = 30 * DAY_MS;

/** Returns true if a request contains a registration secret. */
function isWithSecret({ headers }: FastifyRequest, { admission }: ServerOptions): boolean {
  const secret = headers[REGISTRATION_SECRET_HEADER];
  return typeof secret === 'string' && admission.isSecret(secret);
}

/**
 * Returns true if a request is allowed to register its channel, because it contains the registration secret or because
 * the channel is on the operator's list.
 */
export const mayRegister = (request: FastifyRequest, channel: string, options: ServerOptions): boolean =>
  isWithSecret(request, options) || options.admission.isListed(channel);

const otherSealKey = (): Problem =>
  conflict(
    'This channel is registered with another seal key, and a delivery that is sealed for it cannot be opened with the ' +
      "app's key. A seal key can be replaced only by deleting the channel with its events and subscriptions: DELETE /channel.",
  );

/**
 * Returns the public seal key in the body of a request.
 *
 * @throws {Problem} 400 if the key is missing or malformed, or if it cannot be used to seal deliveries
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
 * list, or if it is already registered. Zaps of a registered channel therefore continue to work while the operator and
 * the app change the secret.
 */
export const registrableChannel: ChannelOf = async (request, options) => {
  const { admission, registered } = options;
  const channel = authorizedChannel(request);
  if (mayRegister(request, channel, options)) return channel;
  const registration = await registered.lookUp(channel);
  if (!registration) {
    const given = request.headers[REGISTRATION_SECRET_HEADER] === undefined ? 'none' : 'another secret';
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
export async function register(request: FastifyRequest, options: ServerOptions): Promise<Registration> {
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
