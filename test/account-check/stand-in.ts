/** Runs the account check on the stand-in in `local/api/`. */

import { deliveryOf } from '../../local/api/webhooks.ts';
import type { TutorCruncher } from '../../local/api/tutorcruncher.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { selectsAction } from '../../wire/action-filter.ts';
import { SIGNATURE_HEADER } from '../../wire/signature.ts';
import { checkAccount, type CheckResult } from '../../account-check/check-account.ts';
import type { ArrivedDelivery } from '../../account-check/deliveries.ts';
import { Reader } from '../../account-check/reader.ts';

/** The key of the stand-in's account. */
export const STAND_IN_KEY = 'private-key-of-the-stand-in-0123456789abc';

/** Returns the newest record of an action's object; null if the stand-in has no such record. */
function recordFor(action: string, { account }: TutorCruncher) {
  const trigger = webhookTriggers.find(({ object, filter }) => object?.api && selectsAction(filter.actions, action));
  const path = trigger?.object?.api?.path;
  const [record] = path === undefined ? [] : account.list(path);
  return path !== undefined && record ? { path, id: record.id } : null;
}

/**
 * Returns the stand-in's webhooks about actions. Leaves out actions about objects that its account does not contain.
 */
export const webhooksOf = (tutorCruncher: TutorCruncher, actions: readonly string[]): ArrivedDelivery[] =>
  actions.flatMap((action) => {
    const record = recordFor(action, tutorCruncher);
    if (!record) return [];
    const delivery = deliveryOf({ action, verb: '', message: '', ...record }, tutorCruncher);
    const { body, headers } = requestFromTutorCruncher(delivery, STAND_IN_KEY);
    const text = Buffer.from(body).toString('utf8');
    return [{ body: text, signature: headers[SIGNATURE_HEADER] ?? null, receivedAt: Date.now(), isRepeat: false }];
  });

/**
 * Checks a stand-in.
 *
 * @param actions - the actions of the webhooks to check
 * @param fetch - sends the requests; default: over HTTP
 */
export function checkStandIn(
  tutorCruncher: TutorCruncher,
  actions: readonly string[] = [],
  fetch?: typeof globalThis.fetch,
): Promise<CheckResult> {
  const reader = new Reader({
    tutorCruncher: tutorCruncher.origin,
    relay: null,
    privateKey: STAND_IN_KEY,
    pause: () => Promise.resolve(),
    showProgress: () => undefined,
    fetch,
  });
  const readDeliveries = () => Promise.resolve(webhooksOf(tutorCruncher, actions));
  return checkAccount({ reader, privateKey: STAND_IN_KEY, withPdf: true, readDeliveries });
}
