/**
 * The checks of a webhook's headers, before a byte of the body is read. `admit` performs the checks in order. A failed
 * check refuses the webhook with a reason from `webhook-refusals.ts`.
 */

import type { FastifyRequest } from 'fastify';

import { isSignature, SIGNATURE_HEADER } from '../../wire/signature.ts';
import { nameOf } from '../log.ts';
import type { Registration } from '../store/rows/channel-state.ts';
import { isUrlPart, urlWith } from '../webhook-url.ts';
import type { RouteOptions } from './server-options.ts';
import { addressOf } from './client-address.ts';
import { lengthOf, MAX_BODY_BYTES } from './webhook-body.ts';
import type { WebhookRefusals } from './webhook-refusals.ts';

/** A request to a webhook URL. The path contains the channel, and the random part that makes the URL secret. */
export type HookRequest = FastifyRequest<{ Params: { channel: string; part?: string } }>;

/** The parts of a server that handle webhooks. */
export interface HookParts extends RouteOptions, WebhookRefusals {}

/** A webhook whose headers have been accepted. */
export interface AdmittedWebhook {
  readonly channel: string;
  readonly sealKey: Registration['sealKey'];
  readonly signature: string;
  /** True if the webhook was sent to the old URL of a channel whose URL has been replaced. */
  readonly isAtOldUrl: boolean;
}

/**
 * Returns the signature in lower case, as Zaps require; null if the signature is malformed. Without the conversion, a
 * copy of a delivery with an upper-case signature would not count as a duplicate. The relay has no key, so only the Zap
 * verifies the signature.
 */
function signatureOf({ headers }: HookRequest): string | null {
  // Node.js converts header names to lower case.
  const signature = String(headers[SIGNATURE_HEADER.toLowerCase()]).toLowerCase();
  return isSignature(signature) ? signature : null;
}

/** Checks that a URL belongs to a registered channel that the relay serves. @throws {Problem} for any other URL */
async function checkUrl(
  request: HookRequest,
  parts: HookParts,
): Promise<Pick<AdmittedWebhook, 'sealKey' | 'isAtOldUrl'>> {
  const { registered, admission, clock, refuse, refuseUnknown } = parts;
  const { channel, part = '' } = request.params;
  const address = addressOf(request);
  const lookUp = (): Promise<Registration | null> =>
    registered.lookUp(channel).catch((error: unknown) => {
      request.log.error({ error: nameOf(error) }, 'Looking up a channel failed. TutorCruncher was told to retry.');
      throw refuseUnknown('failed', channel, address);
    });
  const isWellFormed = isUrlPart(part);
  const urlIn = (known: Registration | null) => (isWellFormed && known ? urlWith(part, known, clock.now()) : null);
  let registration = registered.known(channel);
  let url = urlIn(registration);
  if (!url && isWellFormed) {
    // The URL might have been replaced since the previous look-up.
    registration = await lookUp();
    url = urlIn(registration);
  }
  if (!registration) throw refuseUnknown('unregistered', channel, address);
  if (!url) throw refuse('unregistered', channel);
  const { withSecret, sealKey } = registration;
  // Another process might have registered the channel with the secret since the previous look-up. A channel that is
  // known to be registered with the secret needs no second look-up.
  const isServed = await admission.serves(channel, async () => (withSecret ? { withSecret } : lookUp()));
  if (!isServed) throw refuse('refused', channel);
  return { sealKey, isAtOldUrl: url === 'old' };
}

/**
 * Checks the URL, the operator's list, the format of the signature, the declared length, the rate, and the number of
 * connections.
 *
 * @throws {Problem} if the webhook is refused
 */
export async function admit(request: HookRequest, parts: HookParts): Promise<AdmittedWebhook> {
  const { rates, metrics, connections, refuse } = parts;
  const { channel } = request.params;
  const { sealKey, isAtOldUrl } = await checkUrl(request, parts);
  const signature = signatureOf(request);
  if (signature === null) throw refuse('unsigned', channel);
  if ((lengthOf(request.headers) ?? 0) > MAX_BODY_BYTES) throw refuse('too_large', channel);
  const { waitMs, isHigh } = rates.take(channel);
  if (waitMs > 0) throw refuse('rate_limited', channel, Math.ceil(waitMs / 1000));
  if (isHigh) metrics.highRates.inc();
  if (!connections.tryAdmit(request, channel)) throw refuse('busy', channel);
  return { channel, sealKey, signature, isAtOldUrl };
}
