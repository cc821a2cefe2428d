import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';
import nock from 'nock';
import type { Bundle, ZObject } from 'zapier-platform-core';

import app from '../../index.ts';
import { directZ, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { cpuTimeOf, shortestDuration } from '../../relay/harness/shortest-duration.ts';
import { addPrivateKey, privateKeyOf, privateKeyProblem } from '../../src/api/private-key.ts';
import { appTester } from '../support/app-tester.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const HALVES = ['a1b2c3d4e5f6a7b8c9d0', '0f9e8d7c6b5a40392817'] as const;
const KEY = HALVES.join('');

const keyIn = (pasted: unknown) => privateKeyOf({ authData: { private_key: pasted } } as unknown as Bundle);

describe('a private key that was pasted', () => {
  it.each<[what: string, pasted: string]>([
    ['white space around it', ` \u00a0${KEY}\t\n`],
    ['straight quotation marks', `"${KEY}"`],
    ['apostrophes', `'${KEY}'`],
    ['backticks', `\`${KEY}\``],
    ['curly quotation marks', `“${KEY}”`],
    ['two kinds of quotation marks', `"‘ ${KEY} ’"`],
    ['the word "token"', `token ${KEY}`],
    ['the word "Token" and a colon', `Token: ${KEY}`],
    ['the name of the header', `Authorization: token ${KEY}`],
    ['the name of the header and a space before its colon', `Authorization : token ${KEY}`],
    ['the name of the header without spaces', `Authorization:token ${KEY}`],
    ['its label', `Private key: ${KEY}`],
    ['a quoted header', `"Authorization: Token ${KEY}"`],
    ['zero-width characters', `\u200b${HALVES.join('\u200d')}\ufeff`],
    ['soft hyphens and marks of direction', `\u202a${HALVES.join('\u00ad')}\u202c`],
    ['a sentence on a second line', `${KEY}\r\nThis key is secret.`],
    ['a label on the line above', `Private key:\n${KEY}`],
    ['a webhook URL on a second line', `${KEY}\nhttps://hooks.zapier.com/hooks/standard/1/2/`],
    ['itself on a second line', `${KEY}\n${KEY}`],
    ['low and high quotation marks', `„${KEY}“`],
    ['two closing quotation marks', `”${KEY}”`],
    ['the word "Bearer"', `Bearer ${KEY}`],
    ['a label without a space on the line above', `Key:\n${KEY}`],
    ['empty quotation marks on the line above', `""\n${KEY}`],
    ['invisible annotations', `\ufff9${KEY}\ufffb`],
    ['a sentence after a carriage return', `${KEY}\rThis key is secret.`],
    ['a sentence after a line separator', `${KEY}\u2028This key is secret.`],
  ])('loses %s', (_what, pasted) => {
    expect(keyIn(pasted)).toBe(KEY);
    expect(privateKeyProblem(keyIn(pasted))).toBeNull();
  });

  it.each(['!~azAZ09._/+=-', 'token', 'tokenise-7', 'a:b', 'Bearer'])('keeps visible ASCII characters: %s', (key) => {
    expect(keyIn(key)).toBe(key);
    expect(privateKeyProblem(key)).toBeNull();
  });

  it('keeps the beginning of a quoted key, and a single quotation mark', () => {
    expect([keyIn('"tokenise-7"'), keyIn('"')]).toEqual(['tokenise-7', '"']);
  });

  it.each<[fault: RegExp, pasted: string]>([
    [/it contains a quotation mark/, `"${KEY}`],
    [/it is a web address/, `http://example.com/${KEY}`],
    [/it consists of more than one line/, HALVES.join('\n')],
    [/it consists of more than one line/, HALVES.join('\r')],
    [/it consists of more than one line/, `${KEY}\nCopy`],
    [/it contains a space/, HALVES.join(' ')],
    [/it contains a space/, HALVES.join('\u00a0')],
    [/it contains a quotation mark/, `${KEY}"`],
    [/it contains a quotation mark/, HALVES.join('’')],
    [/it contains a character that no private key has/, `${KEY}é`],
    [/it contains a character that no private key has/, HALVES.join('\u0000')],
    [/it is a web address/, `https://example.com/${KEY}`],
  ])('is refused without a request and without being quoted if %s', async (fault, pasted) => {
    const bundle = { authData: { private_key: pasted }, inputData: {} };
    const calls = [
      app.authentication?.test,
      triggerOf('client_created').definition.operation.performList,
      app.triggers.label_list.operation.perform,
    ];
    for (const method of calls) {
      const error: unknown = await appTester(method, bundle, true).catch((error: unknown) => error);
      const text = `${String(error)} ${inspect(error, { showHidden: true, depth: Infinity })}`;
      expect(text).toMatch(fault);
      expect(text).toMatch(/Settings > API.*reconnect TutorCruncher here/s);
      for (const half of HALVES) expect(text).not.toContain(half);
    }
  });

  it.each([undefined, null, 7, '', ' \n', '""', '\u200b'])('is reported if it is missing: %j', (pasted) => {
    expect(keyIn(pasted)).toBe('');
    expect(privateKeyProblem('')).toMatch(/has no private key\. Reconnect/);
  });

  it('is read in time proportional to its length', async () => {
    const read = () => {
      for (const text of ['token ', '"', '\n', ' ', 'a\n', '“']) keyIn(text.repeat(20_000));
    };
    expect(await shortestDuration(5_000, () => cpuTimeOf(read))).toBeLessThan(5_000);
  });
});

describe('the private key', () => {
  const bundle = { authData: { private_key: PRIVATE_KEY } };
  const BRANCH = { id: 4021, name: 'Bristol', agency: { id: 9, name: 'Bright Tutors' } };
  const request = (url: string) => appTester((z: ZObject) => z.request(url).then(({ status }) => ({ status })), bundle);

  it('is added to the headers of a request that follows no redirect, unless it is invalid', () => {
    const own = { url: 'https://app.tutorcruncher.com/api/clients/', headers: { Accept: 'x' } };
    const add = (private_key: string) =>
      addPrivateKey(own, directZ, { authData: { private_key } } as unknown as Bundle);
    const headers = { Accept: 'x', Authorization: `token ${PRIVATE_KEY}` };
    expect(add(PRIVATE_KEY)).toEqual({ ...own, headers, redirect: 'manual' });
    for (const invalid of ['', 'two words', `${PRIVATE_KEY}\n${KEY}`]) {
      expect(() => add(invalid)).toThrow(/"code":"AuthenticationError"/);
    }
  });

  it('is sent to no other host', async () => {
    for (const host of [
      'https://app.tutorcruncher.com.example.com',
      'http://app.tutorcruncher.com',
      'https://example.com',
    ]) {
      nock(host, { badheaders: ['authorization'] })
        .get('/api/branch/')
        .reply(200, {});
      await expect(request(`${host}/api/branch/`)).resolves.toEqual({ status: 200 });
    }
  });

  it('is sent without the white space around a pasted key', async () => {
    tutorCruncherApi().get('/api/branch/').reply(200, BRANCH);
    const pasted = { authData: { private_key: ` ${PRIVATE_KEY}\n` } } as Partial<Bundle>;
    await expect(appTester(app.authentication?.test, pasted)).resolves.toEqual(BRANCH);
  });
});
