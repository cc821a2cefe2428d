import { describe, expect, it } from '@jest/globals';

import { tutorCruncherOrigin } from '../../src/api/origin.ts';

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
    expect(withUrl('https://app.tuition.example/api/', tutorCruncherOrigin)).toBe('https://app.tuition.example');
  });

  it.each([
    ...['app.tutorcruncher.com', 'file:///etc/passwd', 'http://app.tutorcruncher.com', 'http://127.0.0.1.example'],
  ])('is rejected unless it is an HTTPS URL or a URL of this machine: %s', (url) => {
    expect(() => withUrl(url, tutorCruncherOrigin)).toThrow(/TUTORCRUNCHER_URL is not a URL/);
  });
});
