/** The rate and the number of a check's requests, and the responses that end the check. */

import { describe, expect, it } from '@jest/globals';

import { pauseFor, Reader, Unfinished } from '../../account-check/reader.ts';
import { CHALLENGE_PAGE } from '../../local/api/behaviour.ts';
import { READER_OPTIONS, withStandIn } from './checked-stand-in.ts';

describe('a check', () => {
  it('pauses so long between two requests that there are 40 per minute', async () => {
    const pauses: number[] = [];
    await withStandIn(async ({ origin }) => {
      const pause = (ms: number) => Promise.resolve(pauses.push(ms));
      const reader = new Reader({ ...READER_OPTIONS, tutorCruncher: origin, pause });
      for (let request = 0; request < 41; request++) await reader.get('branch/');
    });
    expect(pauses).toHaveLength(40);
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBe(60_000);
  });

  it('can do without pauses on this machine only', () => {
    const pause = pauseFor('https://app.tutorcruncher.com', false);
    expect(pauseFor('https://app.tutorcruncher.com', true)).toBe(pause);
    expect(pauseFor('https://127.0.0.1.example.com', true)).toBe(pause);
    expect(pauseFor('http://127.0.0.1:4001', false)).toBe(pause);
    expect(pauseFor('http://127.0.0.1:4001', true)).not.toBe(pause);
  });

  it('sends 240 requests at most', async () => {
    await withStandIn(async (tutorCruncher) => {
      const reader = new Reader({ ...READER_OPTIONS, tutorCruncher: tutorCruncher.origin });
      for (let request = 0; request < 240; request++) await reader.get('branch/');
      await expect(reader.get('branch/')).rejects.toThrow(Unfinished);
      expect(tutorCruncher.requests).toHaveLength(240);
    });
  });
});

describe('a response ends the check', () => {
  it.each<[status: number, body: string, reason: RegExp]>([
    [401, '{"detail": "Invalid token."}', /^TutorCruncher rejects the private key\./],
    [302, '{}', /^TutorCruncher refuses the request \(status 302\)\./],
    [429, '{}', /^TutorCruncher accepts no more requests at the moment \(status 429\)\./],
    [503, '{}', /^TutorCruncher has a problem \(status 503\)\./],
    [200, CHALLENGE_PAGE, /responded with a web page \(status 200\)\./],
    [403, CHALLENGE_PAGE, /responded with a web page \(status 403\)\./],
  ])('with status %i and the body %j', async (status, body, reason) => {
    const fetch = () => Promise.resolve(new Response(body, { status }));
    const reader = new Reader({ ...READER_OPTIONS, tutorCruncher: 'https://app.tutorcruncher.com', fetch });
    const end = reader.get('services/');
    await expect(end).rejects.toThrow(Unfinished);
    await expect(end).rejects.toThrow(reason);
  });
});
