import { describe, expect, it } from '@jest/globals';

import { privateKeyProblem } from '../src/private-key.ts';
import { scrubErrors, withoutSecrets } from '../src/secrets.ts';
import { app, appTester, PRIVATE_KEY, triggerOf } from './helpers.ts';
import { tutorCruncherApi, withoutNetwork } from './tutorcruncher-api.ts';

withoutNetwork();

const HALVES = ['a1b2c3d4e5f6a7b8c9d0', '0f9e8d7c6b5a40392817'] as const;

/** Keys with typical pasting mistakes. */
const PASTED: [mistake: string, key: string][] = [
  ['a zero-width space', HALVES.join('\u200b')],
  ['curly quotation marks', `“${HALVES.join('')}”`],
  ['a second line', HALVES.join('\n')],
  ['a carriage return', HALVES.join('\r')],
  ['a NUL character', HALVES.join('\u0000')],
  ['a space', HALVES.join(' ')],
  ['an accented letter', `${HALVES.join('')}é`],
];

/** Returns all strings of an error, including its stack and cause. */
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
  it.each(PASTED)('with %s is reported without a request and without quoting the key', async (_mistake, key) => {
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

  it('is reported if it is missing', async () => {
    const error = await errorOf(appTester(app.authentication?.test, { authData: {}, inputData: {} }, true));
    expect(textsOf(error)).toMatch(/has no private key\. Reconnect/);
  });

  it('may consist of any visible ASCII characters', () => {
    expect(privateKeyProblem(HALVES.join(''))).toBeNull();
    expect(privateKeyProblem('!~azAZ09._/+=-')).toBeNull();
  });

  it('is removed from the error of a failed request', async () => {
    tutorCruncherApi().get('/api/branch/').replyWithError(`token ${PRIVATE_KEY} is not a legal HTTP header value`);
    const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} };
    expect(textsOf(await errorOf(appTester(app.authentication?.test, bundle, true)))).not.toContain(PRIVATE_KEY);
  });
});

const [first, second] = HALVES;
const key = `${first}"${second}`;

describe('withoutSecrets', () => {
  it('replaces secrets in plain text, JSON and URLs', () => {
    for (const text of [key, JSON.stringify({ key }), encodeURIComponent(key)]) {
      const scrubbed = withoutSecrets(`Before ${text} after`, [key]);
      expect(scrubbed).toMatch(/^Before .*\[removed\].* after$/);
      for (const half of HALVES) expect(scrubbed).not.toContain(half);
    }
  });

  it('replaces the whole secret before its parts', () => {
    expect(withoutSecrets(`Before ${key} after`, [key])).toBe('Before [removed] after');
    expect(withoutSecrets(`Before ${second} after`, [key])).toBe('Before [removed] after');
  });

  it('replaces longer parts first', () => {
    expect(withoutSecrets('abcdef\\"abcdefgh', ['abcdef"abcdefgh'])).toBe('[removed]\\"[removed]');
  });

  it('replaces parts of six or more characters', () => {
    expect(withoutSecrets('abcdef ghijk', ['abcdef"ghijk'])).toBe('[removed] ghijk');
  });

  it('replaces every occurrence of every secret', () => {
    expect(withoutSecrets('one two one', ['one', 'two'])).toBe('[removed] [removed] [removed]');
  });

  it('replaces a short secret only as a whole, and ignores an empty one', () => {
    expect(withoutSecrets('The key of a Zap.', ['key of', ''])).toBe('The [removed] a Zap.');
    expect(withoutSecrets('The key and of', ['key of', ''])).toBe('The key and of');
  });
});

describe('scrubErrors', () => {
  it('replaces secrets in the message, the stack, other properties and the cause of an error', async () => {
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

  it('replaces secrets in a string that is thrown', async () => {
    const signal = AbortSignal.abort(`message ${key}`);
    const request = () =>
      Promise.resolve().then(() => {
        signal.throwIfAborted();
      });
    expect(await errorOf(scrubErrors([key], request))).toBe('message [removed]');
  });

  it('accepts errors that refer to themselves', async () => {
    const error: Error & { self?: unknown } = new Error(key);
    error.self = error;
    expect(await errorOf(scrubErrors([key], () => Promise.reject(error)))).toMatchObject({ message: '[removed]' });
  });

  it('returns the result of a request that succeeds', async () => {
    expect(await scrubErrors([key], () => Promise.resolve(7))).toBe(7);
  });
});
