import type { ZObject } from 'zapier-platform-core';

import { MAX_KEYS } from '../../wire/delivery.ts';
import { privateKeyProblem } from '../api/private-key.ts';
import { branchText, type RecordBranch } from '../record/branch-fields.ts';
import type { DeliveryRefusal } from './kept-events.ts';

/** Message for a private key that is too short to derive the relay's credentials from. */
export const KEY_TOO_SHORT =
  'The private key of this connection is too short to be a private key of TutorCruncher. Reconnect TutorCruncher and ' +
  'paste the whole private key of the integration.';

/**
 * {@link MAX_KEYS} with a thousands separator. `Intl` is not used, because its first use adds about 15 ms to the import
 * of the app.
 */
const MAX_KEYS_TEXT = String(MAX_KEYS).replace(/(?=\d{3}$)/, ',');

const REFUSAL_MESSAGES: Readonly<Record<Exclude<DeliveryRefusal, 'wrong-signature'>, string>> = {
  'no-key':
    'This request was refused because the TutorCruncher connection of this Zap has no private key to check it with. ' +
    'Reconnect TutorCruncher and paste the private key of the integration that contains this webhook URL.',
  'no-signature':
    'This request was refused because it has no Webhook-Signature header, so it did not come directly from ' +
    'TutorCruncher. If you sent it yourself to try out the URL, ignore this message. Otherwise, check that nothing ' +
    'between TutorCruncher and Zapier removes headers, and that only TutorCruncher knows the URL.',
  'malformed-signature':
    'This request was refused because its signature is not in the format that TutorCruncher sends, so it did not come ' +
    'from TutorCruncher, or something changed it on its way. If you sent it yourself to try out the URL, ignore this ' +
    'message. Otherwise, check that only TutorCruncher knows the URL, and that nothing between TutorCruncher and Zapier ' +
    'changes requests.',
  'too-many-keys':
    `This event was refused because its record has more than ${MAX_KEYS_TEXT} fields, entries of lists ` +
    'included. If you sent it yourself to try out the URL, ignore this message. Otherwise, open the record in ' +
    "TutorCruncher and shorten its lists and custom fields, or ask TutorCruncher's support why its webhook is so large.",
};

/**
 * Returns the error for a refused request. The error is a HaltedError, which never makes Zapier turn the Zap off.
 * Therefore, a stranger who knows the Zap's URL cannot turn the Zap off. Without `doNotContextify`,
 * zapier-platform-core would append the complete request, including its body and signature, to the message.
 */
export const refusedRequest = (z: ZObject, message: string): Error =>
  Object.assign(new z.errors.HaltedError(message), { doNotContextify: true });

/**
 * Returns the message for a wrong signature. The message names the branch, because each branch has its own
 * integrations.
 */
function wrongSignature(branch: RecordBranch): string {
  const name = branchText(branch);
  return (
    "This request was refused because its signature does not match this connection's private key. The most likely " +
    'cause is that the webhook URL was pasted into a different TutorCruncher integration: each integration has its ' +
    `own private key. ${name === null ? '' : `The private key of this connection belongs to ${name}. `}In TutorCruncher, open ` +
    'the integration that contains this webhook URL (Settings > API). If it belongs to another branch, paste the URL into ' +
    'the integration whose private key this connection has instead. Otherwise, copy its private key, and choose a ' +
    'connection with that key in this Zap. If the keys are the same, the request was changed on its way.'
  );
}

/**
 * Returns the message for a refused delivery. If the signature is wrong and the connection's key is invalid, the
 * message explains the problem with the key.
 *
 * @param branch - the branch of the connection
 */
export const refusalMessage = (refusal: DeliveryRefusal, privateKey: string, branch: RecordBranch): string =>
  refusal === 'wrong-signature' ? (privateKeyProblem(privateKey) ?? wrongSignature(branch)) : REFUSAL_MESSAGES[refusal];
