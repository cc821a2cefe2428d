import { describe, expect, it } from '@jest/globals';

import { privateKeyProblem } from '../src/private-key.ts';
import { scrubErrors, withoutSecrets } from '../src/secrets.ts';
import { app, appTester, PRIVATE_KEY, triggerOf } from './helpers.ts';
import { tutorCruncherApi, withoutNetwork } from './tutorcruncher-api.ts';

withoutNetwork();

const HALVES = ['a1b2c3d4e5f6a7b8c9d0', '0f9e8d7c6b5a40392817'] as const;

/** Keys as a person might paste them by mistake. */
const PASTED: [mistake: string, key: string][] = [
  ['a zero-width space', HALVES.join('\u200b')],
  ['curly quotation marks', `“${HALVES.join('')}”`],
  ['a second line', HALVES.join('\n')],
  ['a carriage return', HALVES.join('\r')],
  ['a NUL character', HALVES.join('\u0000')],
  ['a space', HALVES.join(' ')],
  ['an accented letter', `${HALVES.join('')}é`],
];

/** Returns every string an error carries, including its stack and cause. */
function textsOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  return Object.getOwnPropertyNames(error)
    .map((name) => textsOf(Reflect.get(error, name)))
    .join('\n');
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => {
      throw new Error('The call did not throw.');
    },
    (error: unknown) => error,
  );
}

describe('a private key', () => {
  it.each(PASTED)('with %s is reported before a request is made, and never quoted', async (_mistake, key) => {
    const bundle = { authData: { private_key: key }, inputData: {} };
    const calls = [
      app.authentication?.test,
      triggerOf('client_created').definition.operation.performList,
      app.triggers.label_list.operation.perform,
    ];
    for (const method of calls) {
      const text = textsOf(await errorOf(appTester(method, bundle, true)));
      expect(text).toMatch(/contains a character that no private key has.*reconnect/s);
      for (const half of HALVES) expect(text).not.toContain(half);
    }
  });

  it('that is missing is reported', async () => {
    const error = await errorOf(appTester(app.authentication?.test, { authData: {}, inputData: {} }, true));
    expect(textsOf(error)).toMatch(/has no private key\. Reconnect/);
  });

  it('of visible ASCII characters is accepted', () => {
    expect(privateKeyProblem(HALVES.join(''))).toBeNull();
    expect(privateKeyProblem('!~azAZ09._/+=-')).toBeNull();
  });

  it('never leaves a request in an error, whatever caused it', async () => {
    tutorCruncherApi().get('/api/branch/').replyWithError(`token ${PRIVATE_KEY} is not a legal HTTP header value`);
    const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} };
    expect(textsOf(await errorOf(appTester(app.authentication?.test, bundle, true)))).not.toContain(PRIVATE_KEY);
  });
});

describe('scrubbing', () => {
  const [first, second] = HALVES;
  const key = `${first}"${second}`;

  it('removes secrets as they are, and escaped in JSON or URLs', () => {
    for (const text of [key, JSON.stringify({ key }), encodeURIComponent(key)]) {
      const scrubbed = withoutSecrets(`Before ${text} after`, [key]);
      expect(scrubbed).toMatch(/^Before .*\[removed\].* after$/);
      for (const half of HALVES) expect(scrubbed).not.toContain(half);
    }
  });

  it('keeps texts without secrets, short words that also occur in a secret, and empty secrets', () => {
    expect(withoutSecrets('The key of a Zap.', ['key of', ''])).toBe('The [removed] a Zap.');
    expect(withoutSecrets('The key and of', ['key of', ''])).toBe('The key and of');
  });

  it('reaches the message, the stack, other properties and the cause of an error', async () => {
    const cause = new Error(`cause ${key}`);
    const error = Object.assign(new TypeError(`message ${key}`, { cause }), { url: key, details: { header: [key] } });
    const thrown = await errorOf(scrubErrors([key], () => Promise.reject(error)));
    expect(thrown).toBe(error);
    expect(thrown).toMatchObject({
      message: 'message [removed]',
      url: '[removed]',
      details: { header: ['[removed]'] },
    });
    for (const half of HALVES) expect(textsOf(thrown)).not.toContain(half);
  });

  it('copes with errors that refer to themselves', async () => {
    const error: Error & { self?: unknown } = new Error(key);
    error.self = error;
    expect(await errorOf(scrubErrors([key], () => Promise.reject(error)))).toMatchObject({ message: '[removed]' });
  });

  it('returns the result of a request that succeeds', async () => {
    expect(await scrubErrors([key], () => Promise.resolve(7))).toBe(7);
  });
});
