import { describe, expect, it } from '@jest/globals';

import { isForApi, tutorCruncherOrigin } from '../../src/api/origin.ts';

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
    expect(withUrl('http://localhost:4001', tutorCruncherOrigin)).toBe('http://localhost:4001');
    for (const unset of ['', '__placeholder_env__TUTORCRUNCHER_URL']) {
      expect(withUrl(unset, tutorCruncherOrigin)).toBe('https://app.tutorcruncher.com');
    }
    expect(withUrl('https://app.tuition.example/api/', tutorCruncherOrigin)).toBe('https://app.tuition.example');
  });

  it.each([
    ...[
      'app.tutorcruncher.com',
      'file:///etc/passwd',
      'ftp://127.0.0.1',
      'http://app.tutorcruncher.com',
      'http://127.0.0.1.example',
    ],
  ])('is rejected unless it is an HTTPS URL or a URL of this machine: %s', (url) => {
    expect(() => withUrl(url, tutorCruncherOrigin)).toThrow(/TUTORCRUNCHER_URL is not a URL/);
  });
});

it.each<[url: string | undefined, isOwn: boolean]>([
  ['https://app.tutorcruncher.com/api/clients/', true],
  ['https://app.tutorcruncher.com:443/x', true],
  ['http://app.tutorcruncher.com/api/clients/', false],
  ['https://app.tutorcruncher.com:8443/api/clients/', false],
  ['https://app.tutorcruncher.com.example.com/api/clients/', false],
  ['https://app.tutorcruncher.com@example.com/api/clients/', false],
  ['https://example.com/https://app.tutorcruncher.com/', false],
  ['/api/clients/', false],
  ['', false],
  [undefined, false],
])("the request of %j goes to TutorCruncher's API: %s", (url, isOwn) => {
  expect(isForApi({ ...(url !== undefined && { url }) })).toBe(isOwn);
  expect(isForApi({ ...(url !== undefined && { url }), middlewareData: { isFile: true } })).toBe(false);
});
