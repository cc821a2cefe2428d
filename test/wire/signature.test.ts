import { describe, expect, it } from '@jest/globals';

import { bundleOf, deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { refusalOf as reasonForRefusing, sign } from '../../wire/signature.ts';
import { perform } from '../support/app-tester.ts';

const BODY =
  '{"request_time": 1781114700, "events": [{"action": "MARKED_AN_APPOINTMENT_AS_COMPLETE", "verb": "Marked a Lesson as complete", "timestamp": "2026-06-10T18:05:00.123456Z", "branch": 4021, "actor": null, "extra_msg": "", "subject": {"model": "Lesson", "url": "", "id": 9106, "topic": "Na\\u00efve \\ud83c\\udfbb", "units": 15.0}}]}';

const delivery = deliveryOf(triggerOf('lesson_completed').sampleEvent);
const request = requestFromTutorCruncher(delivery, PRIVATE_KEY);
const sentBody = Buffer.from(request.body).toString();
const signature = request.headers['Webhook-Signature'] ?? '';

/** Returns the bundle of a correctly signed request with different headers. */
const withHeaders = (headers: Record<string, string>) => {
  const bundle = bundleOf(request);
  return { ...bundle, rawRequest: { ...bundle.rawRequest, headers } };
};

/** Returns the error for a refused bundle. */
const refusalOf = async (bundle: object): Promise<Error> => {
  try {
    await perform('lesson_completed', bundle);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('The request was not refused.');
};

describe('sign', () => {
  it('returns the HMAC-SHA256 in lower-case hexadecimal digits (RFC 4231, test case 2)', () => {
    expect(sign('what do ya want for nothing?', 'Jefe')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('returns the signature that TutorCruncher computes (test vector from Python)', () => {
    expect(sign(BODY, 'key-of-the-test-vector-0123456789')).toBe(
      '605a43485ac9475aa9ed10566d937c97f6fde8ee406bacb7efafd26947bd27ad',
    );
  });
});

it('a body that is signed with an empty key is refused', () => {
  expect(reasonForRefusing(BODY, { 'Webhook-Signature': sign(BODY, '') }, '')).toBe('no-key');
});

describe('a signed request', () => {
  it.each(['Http-Webhook-Signature', 'HTTP-WEBHOOK-SIGNATURE', 'webhook-signature'])(
    'is accepted with its signature in the header %s',
    async (name) => {
      await expect(perform('lesson_completed', withHeaders({ [name]: signature }))).resolves.toHaveLength(1);
    },
  );

  it('is accepted with white space around its signature', async () => {
    const bundle = withHeaders({ 'Http-Webhook-Signature': ` ${signature}\t` });
    await expect(perform('lesson_completed', bundle)).resolves.toHaveLength(1);
  });

  it('is accepted if one of several signature headers matches', async () => {
    const bundle = withHeaders({ 'Webhook-Signature': '0'.repeat(64), 'Http-Webhook-Signature': signature });
    await expect(perform('lesson_completed', bundle)).resolves.toHaveLength(1);
  });

  it('is verified and parsed as the exact text that arrived, including escapes and decimals', async () => {
    const key = 'key-of-the-test-vector-0123456789';
    const [record] = await perform('lesson_completed', bundleOf(requestFromTutorCruncher(Buffer.from(BODY), key), key));
    expect(record).toMatchObject({ lesson_topic: 'Naïve 🎻', lesson_units: 15 });
  });
});

describe('a request is refused', () => {
  it.each<[why: string, bundle: object, message: RegExp]>([
    ['without a signature', withHeaders({ 'Content-Type': 'application/json' }), /has no Webhook-Signature/],
    ['with a blank signature', withHeaders({ 'Http-Webhook-Signature': ' \t' }), /has no Webhook-Signature/],
    ['without body and headers', { authData: { private_key: PRIVATE_KEY } }, /has no Webhook-Signature/],
    [
      'with a signature by another key',
      bundleOf(requestFromTutorCruncher(delivery, 'another-key')),
      /does not match this connection/,
    ],
    [
      'with a shortened signature',
      withHeaders({ 'Http-Webhook-Signature': signature.slice(0, 63) }),
      /not in the format that TutorCruncher sends/,
    ],
    [
      'with a signature that has a digit more',
      withHeaders({ 'Http-Webhook-Signature': `0${signature}` }),
      /not in the format that TutorCruncher sends/,
    ],
    [
      'with a wrong signature beside a malformed one',
      withHeaders({ 'Webhook-Signature': 'x', 'Http-Webhook-Signature': '0'.repeat(64) }),
      /does not match this connection/,
    ],
    [
      'with a signature in upper case',
      withHeaders({ 'Http-Webhook-Signature': signature.toUpperCase() }),
      /not in the format that TutorCruncher sends/,
    ],
    [
      'with one byte of its body changed',
      bundleOf({ ...request, body: Buffer.from(sentBody.replace('9106', '9107')) }),
      /does not match this connection/,
    ],
    [
      'with a signature for the same JSON in another spelling',
      withHeaders({ 'Http-Webhook-Signature': sign(JSON.stringify(delivery), PRIVATE_KEY) }),
      /does not match this connection/,
    ],
    [
      'before its body is parsed',
      bundleOf(requestFromTutorCruncher(Buffer.from('{"events": ['), 'another-key')),
      /does not match this connection/,
    ],
    [
      'with its signature in another header',
      withHeaders({ 'Http-X-Signature': signature }),
      /has no Webhook-Signature/,
    ],
    [
      'with its signature in a header with a longer name',
      withHeaders({ 'X-Webhook-Signature': signature }),
      /has no Webhook-Signature/,
    ],
    [
      'with its signature in the header of a proxy',
      withHeaders({ 'Webhook-Signature-Old': signature }),
      /has no Webhook-Signature/,
    ],
    ['if the key of the connection is blank', bundleOf(request, ' \n'), /has no private key/],
    ['if there is no connection', { ...bundleOf(request), authData: undefined }, /has no private key/],
  ])('%s', async (_why, bundle, message) => {
    const error = await refusalOf(bundle);
    expect(error.name).toBe('HaltedError');
    expect(error.message).toMatch(message);
  });

  it('is accepted if the key was pasted with extra characters', async () => {
    const records = await perform('lesson_completed', bundleOf(request, `"token ${PRIVATE_KEY}\u200b"\n`));
    expect(records).toHaveLength(1);
  });
});
