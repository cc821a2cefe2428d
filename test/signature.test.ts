import { describe, expect, it } from '@jest/globals';

import { requestFromTutorCruncher } from '../local/tutorcruncher.ts';
import { sign } from '../wire/signature.ts';
import { bundleOf, deliveryOf, perform, PRIVATE_KEY, triggerOf } from './helpers.ts';

const BODY =
  '{"request_time": 1781114700, "events": [{"action": "MARKED_AN_APPOINTMENT_AS_COMPLETE", "verb": "Marked a Lesson as complete", "timestamp": "2026-06-10T18:05:00.123456Z", "branch": 4021, "actor": null, "extra_msg": "", "subject": {"model": "Lesson", "url": "", "id": 9106, "topic": "Na\\u00efve \\ud83c\\udfbb", "units": 15.0}}]}';

const delivery = deliveryOf(triggerOf('lesson_completed').sampleEvent);
const request = requestFromTutorCruncher(delivery, PRIVATE_KEY);
const signature = request.headers['Webhook-Signature'] ?? '';

/** The bundle of a rightly signed request, with other headers. */
const withHeaders = (headers: Record<string, string>) => {
  const bundle = bundleOf(request);
  return { ...bundle, rawRequest: { ...bundle.rawRequest, headers } };
};

const refusalOf = async (bundle: object): Promise<Error> => {
  try {
    await perform('lesson_completed', bundle);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('Nothing was refused.');
};

describe('sign', () => {
  it('is HMAC-SHA256 in lower-case hex (RFC 4231, test case 2)', () => {
    expect(sign('what do ya want for nothing?', 'Jefe')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it("signs a body as Python's hmac does, from which TutorCruncher's comes", () => {
    expect(sign(BODY, 'key-of-the-test-vector-0123456789')).toBe(
      '605a43485ac9475aa9ed10566d937c97f6fde8ee406bacb7efafd26947bd27ad',
    );
  });
});

describe('a signed request', () => {
  it.each([
    'Http-Webhook-Signature',
    'HTTP-WEBHOOK-SIGNATURE',
    'http-webhook-signature',
    'Webhook-Signature',
    'webhook-signature',
  ])('is accepted with its signature in %s', async (name) => {
    await expect(perform('lesson_completed', withHeaders({ [name]: signature }))).resolves.toHaveLength(1);
  });

  it('is verified and read as the text that arrived, escapes and decimals included', async () => {
    const key = 'key-of-the-test-vector-0123456789';
    const [record] = await perform('lesson_completed', bundleOf(requestFromTutorCruncher(Buffer.from(BODY), key), key));
    expect(record).toMatchObject({ lesson_topic: 'Naïve 🎻', lesson_units: 15 });
  });

  it('is accepted with a key that was pasted with white space around it', async () => {
    await expect(perform('lesson_completed', bundleOf(request, ` ${PRIVATE_KEY}\n`))).resolves.toHaveLength(1);
  });
});

describe('a request is refused', () => {
  it.each<[why: string, bundle: object, message: RegExp]>([
    ['without a signature', withHeaders({ 'Content-Type': 'application/json' }), /has no Webhook-Signature/],
    ['with an empty signature', withHeaders({ 'Http-Webhook-Signature': '' }), /has no Webhook-Signature/],
    ['without any headers', { ...bundleOf(request), rawRequest: { content: 'x' } }, /has no Webhook-Signature/],
    ['without anything', { authData: { private_key: PRIVATE_KEY } }, /has no Webhook-Signature/],
    ['with another key', bundleOf(requestFromTutorCruncher(delivery, 'another-key')), /does not match this connection/],
    [
      'with a shortened signature',
      withHeaders({ 'Http-Webhook-Signature': signature.slice(0, 63) }),
      /not in the format that TutorCruncher sends/,
    ],
    [
      'with a longer signature',
      withHeaders({ 'Http-Webhook-Signature': `${signature}0` }),
      /not in the format that TutorCruncher sends/,
    ],
    [
      'in upper case',
      withHeaders({ 'Http-Webhook-Signature': signature.toUpperCase() }),
      /not in the format that TutorCruncher sends/,
    ],
    [
      'with an accented digit',
      withHeaders({ 'Http-Webhook-Signature': `${signature.slice(0, 63)}é` }),
      /not in the format/,
    ],
    ['in another header', withHeaders({ 'Http-X-Signature': signature }), /has no Webhook-Signature/],
    ['with a connection without a key', bundleOf(request, ''), /has no private key/],
    ['with a connection whose key is blank', bundleOf(request, ' \n'), /has no private key/],
    ['with no connection at all', { ...bundleOf(request), authData: undefined }, /has no private key/],
  ])('%s', async (_why, bundle, message) => {
    const error = await refusalOf(bundle);
    expect(error.name).toBe('HaltedError');
    expect(error.message).toMatch(message);
  });

  it('when its body was changed by one byte', async () => {
    const bundle = bundleOf(request);
    const content = bundle.rawRequest?.content?.replace('9106', '9107');
    expect((await refusalOf({ ...bundle, rawRequest: { ...bundle.rawRequest, content } })).name).toBe('HaltedError');
  });

  it('when the signature is over the same JSON written in another way', async () => {
    const rewritten = sign(JSON.stringify(delivery), PRIVATE_KEY);
    expect((await refusalOf(withHeaders({ 'Http-Webhook-Signature': rewritten }))).name).toBe('HaltedError');
  });

  it('before its body is parsed', async () => {
    const unparsable = requestFromTutorCruncher(Buffer.from('{"events": ['), 'another-key');
    expect((await refusalOf(bundleOf(unparsable))).message).toMatch(/does not match this connection/);
  });

  it('with a sentence that says what to do and holds neither key, signature nor anything of the body', async () => {
    const wrong = requestFromTutorCruncher(delivery, 'another-key');
    const { message } = await refusalOf(bundleOf(wrong));
    expect(message).toMatch(/each integration has its own private key.*open the integration/);
    for (const secret of [PRIVATE_KEY, signature, wrong.headers['Webhook-Signature'] ?? '', 'Leo Raman', 'events']) {
      expect(message).not.toContain(secret);
    }
  });
});
