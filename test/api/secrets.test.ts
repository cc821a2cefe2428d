import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { scrubErrors } from '../../src/api/secrets.ts';
import { appTester } from '../support/app-tester.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const HALVES = ['a1b2c3d4e5f6a7b8c9d0', '0f9e8d7c6b5a40392817'] as const;

/** Returns all texts of an error, including hidden properties, the stack and the cause. */
function textsOf(error: unknown): string {
  const message = error instanceof Error ? [error.name, error.message, error.stack, Reflect.get(error, 'code')] : [];
  const all = { showHidden: true, depth: Infinity, maxStringLength: null, maxArrayLength: null };
  return [...message.map(String), inspect(error, all)].join('\n');
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
  it('is removed from the error of a failed request', async () => {
    tutorCruncherApi().get('/api/branch/').replyWithError(`token ${PRIVATE_KEY} is not a legal HTTP header value`);
    const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} };
    expect(textsOf(await errorOf(appTester(app.authentication?.test, bundle, true)))).not.toContain(PRIVATE_KEY);
  });
});

const [first, second] = HALVES;
const key = `${first}"${second}`;

describe('scrubErrors', () => {
  const thrownBy = (thrown: unknown, secrets = [key]): Promise<unknown> =>
    // An aborted signal throws its reason, which can be any value.
    errorOf(
      scrubErrors(secrets, () =>
        Promise.resolve().then(() => {
          AbortSignal.abort(thrown).throwIfAborted();
        }),
      ),
    );

  class WithGetter extends Error {
    override get message() {
      return `message ${key}`;
    }
  }

  class WithCode extends Error {
    get code() {
      return `code ${key}`;
    }
  }

  it.each<[name: string, thrown: unknown]>([
    ['a getter of its class', new WithCode('message')],
    ['a hidden property', Object.defineProperty(new Error('message'), 'hidden', { value: key })],
    ['a deep property', Object.assign(new Error('message'), { a: { b: { c: { d: { e: { key } } } } } })],
    ['a long text', Object.assign(new Error('message'), { text: 'x'.repeat(20_000) + key })],
    ['a long list', Object.assign(new Error('message'), { list: [...Array<string>(200).fill('x'), key] })],
    ['its message and stack', new TypeError(`message ${key}`)],
    ['its cause', new Error('message', { cause: new Error(key) })],
    ['a property', Object.assign(new Error('message'), { details: { header: [key] } })],
    ['the name of a property', Object.assign(new Error('message'), { [key]: true })],
    ['a symbol property', Object.assign(new Error('message'), { [Symbol('map')]: { key } })],
    ['a map', Object.assign(new Error('message'), { map: new Map([['Authorization', key]]) })],
    ['headers', Object.assign(new Error('message'), { headers: new Headers({ Authorization: HALVES[0] }) })],
    ['a getter', new WithGetter()],
    ['a DOMException', new DOMException(`message ${key}`)],
    ['a frozen error', Object.freeze(new Error(key))],
    [
      'an error that cannot be inspected',
      Object.assign(new Error(key), {
        [inspect.custom]: () => {
          throw new Error(key);
        },
      }),
    ],
    ['a string', `message ${key}`],
    ['an object', { key }],
    ['a function', Object.assign(() => undefined, { key })],
  ])('replaces an error that contains a secret in %s', async (_name, thrown) => {
    const error = await thrownBy(thrown);
    expect(error).toBeInstanceOf(Error);
    for (const half of HALVES) expect(textsOf(error)).not.toContain(half);
  });

  it.each<[rule: string, text: string, secrets: string[], scrubbed: string]>([
    ['in plain text', `Before ${key} after`, [key], 'Before [removed] after'],
    ['in JSON', JSON.stringify({ key }), [key], '{"key":"[removed]\\"[removed]"}'],
    ['in a URL', `?${encodeURIComponent(key)}`, [key], '?[removed]%22[removed]'],
    ['in part', `Before ${second} after`, [key], 'Before [removed] after'],
    ['longer parts first', 'abcdef\\"abcdefgh', ['abcdef"abcdefgh'], '[removed]\\"[removed]'],
    ['only parts of six or more characters', 'abcdef ghijk', ['abcdef"ghijk'], '[removed] ghijk'],
    ['all of them, everywhere', 'one two one', ['one', 'two'], '[removed] [removed] [removed]'],
    ['a short one as a whole, and no empty one', 'The key of a key.', ['key of', ''], 'The [removed] a key.'],
  ])('replaces secrets %s', async (_rule, text, secrets, scrubbed) => {
    expect(await thrownBy(new Error(text), secrets)).toMatchObject({ message: scrubbed });
  });

  it('keeps the class, the texts and the type of an error', async () => {
    const error = await thrownBy(Object.assign(new TypeError(`message ${key}`), { type: 'system', code: key }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ name: 'TypeError', message: 'message [removed]', type: 'system', code: '[removed]' });
  });

  it('keeps the name and the stack of an error, and the text of a thrown string', async () => {
    const thrown = Object.assign(new Error('message'), { name: 'FetchError', stack: `stack ${key}` });
    expect(await thrownBy(thrown)).toMatchObject({ name: 'FetchError', stack: 'stack [removed]' });
    expect(await thrownBy(`message ${key}`)).toMatchObject({ message: 'message [removed]' });
    expect(await thrownBy({ key })).toMatchObject({ message: 'The request failed.' });
  });

  it('does not change the objects that an error refers to', async () => {
    const bundle = { authData: { private_key: key } };
    await thrownBy(Object.assign(new Error('message'), { bundle }));
    expect(bundle.authData.private_key).toBe(key);
  });

  it('accepts errors that refer to themselves, nest deeply or have getters that throw', async () => {
    const cyclic: Error & { self?: unknown } = new Error(key);
    cyclic.self = cyclic;
    let deep: object = { key };
    for (let level = 0; level < 20_000; level++) deep = { deep };
    const throwing = Object.defineProperty(new Error('message'), 'code', {
      get: () => {
        throw new Error(key);
      },
    });
    for (const thrown of [cyclic, Object.assign(new Error(key), { deep }), throwing]) {
      const error = await thrownBy(thrown);
      expect(error).toBeInstanceOf(Error);
      expect(String(error)).not.toContain(first);
    }
  });

  it('rethrows an error without secrets unchanged', async () => {
    const error = new Error('message', { cause: 'other' });
    expect(await thrownBy(error)).toBe(error);
  });

  it('returns the result of a request that succeeds', async () => {
    expect(await scrubErrors([key], () => Promise.resolve(7))).toBe(7);
  });
});
