/** The reasons that the owner of a Zap reads when a webhook is refused. */

import { describe, expect, it } from '@jest/globals';

import { bundleOf, deliveryOf, directZ, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import type { DeliveryRefusal } from '../../src/hooks/kept-events.ts';
import { refusalMessage, refusedRequest } from '../../src/hooks/refusal-messages.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { appTester, perform } from '../support/app-tester.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();
const branchRequests = () => tutorCruncher.now.requests.filter(({ path }) => path === '/api/branch/').length;

const { sampleEvent, definition } = triggerOf('lesson_completed');
const ofBranch = (branch: unknown) => ({ ...sampleEvent, branch });
const OTHER_KEY = 'the-private-key-of-another-branch-0123456789';

/** Runs a Zap for a delivery of events. @param signingKey - the key of the integration that sends the events */
const run = async (events: readonly object[], { signingKey = PRIVATE_KEY, hasEmptyCache = true } = {}) => {
  const bundle = bundleOf(requestFromTutorCruncher(deliveryOf(...events), signingKey));
  return (await appTester(definition.operation.perform, bundle, hasEmptyCache)) as FlatRecord[];
};

const delivery = deliveryOf(triggerOf('lesson_completed').sampleEvent);
const request = requestFromTutorCruncher(delivery, PRIVATE_KEY);
const signature = request.headers['Webhook-Signature'] ?? '';

describe('an event with the signature of another branch', () => {
  it('is refused with the branch of the connection, without a request for it', async () => {
    await run([sampleEvent]);
    const before = branchRequests();
    const message = await failureOf(run([ofBranch(17)], { signingKey: OTHER_KEY, hasEmptyCache: false }));
    expect(message).toMatch(/signature does not match this connection's private key/);
    expect(message).toContain('The private key of this connection belongs to Bristol Branch (branch ID 4021).');
    expect(message).toContain('If it belongs to another branch, paste the URL into the integration');
    expect(branchRequests()).toBe(before);
  });

  it('is refused without a name if the branch is not known, and without a request', async () => {
    const message = await failureOf(run([ofBranch(17)], { signingKey: OTHER_KEY }));
    expect(message).toMatch(/its own private key\. In TutorCruncher, open the integration/);
    expect(branchRequests()).toBe(0);
  });
});

it.each<[refusal: DeliveryRefusal, message: RegExp]>([
  ['no-key', /has no private key to check it with/],
  ['no-signature', /has no Webhook-Signature header/],
  ['malformed-signature', /signature is not in the format that TutorCruncher sends/],
  ['wrong-signature', /signature does not match this connection's private key/],
  ['too-many-keys', /has more than 20,000 fields/],
])('the refusal %s has its own message', (refusal, message) => {
  expect(refusalMessage(refusal, refusal === 'no-key' ? '' : PRIVATE_KEY, { id: null, name: null })).toMatch(message);
});

it('a refusal halts the run, so that the Zap stays on and its history does not show the request', () => {
  const error = refusedRequest(directZ, 'Refused.');
  expect(error).toBeInstanceOf(directZ.errors.HaltedError);
  expect(error).toMatchObject({ message: 'Refused.', doNotContextify: true });
});

describe('a request is refused', () => {
  it('with advice that does not contain the key, the signature or any part of the body', async () => {
    const wrong = requestFromTutorCruncher(delivery, 'another-key');
    const message = await failureOf(perform('lesson_completed', bundleOf(wrong)));
    expect(message).toMatch(/each integration has its own private key.*open the integration/);
    for (const secret of [PRIVATE_KEY, signature, wrong.headers['Webhook-Signature'] ?? '', 'Leo Raman', 'events']) {
      expect(message).not.toContain(secret);
    }
  });

  it('is refused with advice about the key if the key cannot be a private key', async () => {
    const message = await failureOf(perform('lesson_completed', bundleOf(request, `${PRIVATE_KEY}é`)));
    expect(message).toMatch(/contains a character that no private key has.*reconnect/);
    expect(message).not.toContain(PRIVATE_KEY);
  });
});
