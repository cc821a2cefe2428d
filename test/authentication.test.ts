import { describe, expect, it } from '@jest/globals';
import nock from 'nock';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { tutorCruncherOrigin } from '../src/api/client.ts';
import { app, appTester, PRIVATE_KEY } from './helpers.ts';
import { tutorCruncherApi, withoutNetwork } from './tutorcruncher-api.ts';

withoutNetwork();

const { authentication } = app;
const bundle = { authData: { private_key: PRIVATE_KEY } };
const test = () => appTester(authentication?.test, bundle);
const BRANCH = { id: 4021, name: 'Bristol', agency: { id: 9, name: 'Bright Tutors' } };

describe('the connection', () => {
  it('asks for one private key, with a link to the page that shows it', () => {
    expect(authentication?.fields).toMatchObject([{ key: 'private_key', type: 'password', required: true }]);
    expect(JSON.stringify(authentication?.fields)).toContain('](https://app.tutorcruncher.com/api/integration/list/)');
  });

  it('is tested by requesting its branch with the key', async () => {
    tutorCruncherApi().get('/api/branch/').reply(200, BRANCH);
    await expect(test()).resolves.toEqual(BRANCH);
  });

  it('is labelled with its branch and agency', async () => {
    const label = authentication?.connectionLabel;
    expect(await appTester(label, { ...bundle, inputData: BRANCH })).toBe('Bristol (Bright Tutors)');
    expect(await appTester(label, { ...bundle, inputData: { name: 'Bristol' } })).toBe('Bristol');
    expect(await appTester(label, { ...bundle, inputData: {} })).toBe('');
  });
});

describe('the private key', () => {
  const request = (url: string) => appTester((z: ZObject) => z.request(url).then(({ status }) => ({ status })), bundle);

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
    await expect(appTester(authentication?.test, pasted)).resolves.toEqual(BRANCH);
  });
});

describe('TUTORCRUNCHER_URL', () => {
  const withUrl = <T>(url: string, run: () => T): T => {
    process.env.TUTORCRUNCHER_URL = url;
    try {
      return run();
    } finally {
      delete process.env.TUTORCRUNCHER_URL;
    }
  };

  it("overrides TutorCruncher's origin", () => {
    expect(tutorCruncherOrigin()).toBe('https://app.tutorcruncher.com');
    expect(withUrl('http://127.0.0.1:4001/x', tutorCruncherOrigin)).toBe('http://127.0.0.1:4001');
  });

  it.each(['app.tutorcruncher.com', 'file:///etc/passwd'])('is rejected if it is not an HTTP URL: %s', (url) => {
    expect(() => withUrl(url, tutorCruncherOrigin)).toThrow(/TUTORCRUNCHER_URL is not a URL/);
  });
});
