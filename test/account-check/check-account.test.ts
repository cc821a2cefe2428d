/** The whole check: its requests, and its result if it cannot be finished. */

import { describe, expect, it } from '@jest/globals';

import { checkAccount, exitCodeOf } from '../../account-check/check-account.ts';
import { MAX_REQUESTS, Reader } from '../../account-check/reader.ts';
import { CHALLENGE_PAGE, type Behaviour } from '../../local/api/behaviour.ts';
import { checkChanged, namesWith, withStandIn } from './checked-stand-in.ts';
import { checkStandIn, STAND_IN_KEY } from './stand-in.ts';

const OPTIONS = {
  relay: null,
  privateKey: STAND_IN_KEY,
  pause: () => Promise.resolve(),
  showProgress: () => undefined,
};

describe('the stand-in as it is', () => {
  it('differs in no line, and leaves unknown what it does not describe', async () => {
    const result = await checkChanged(() => undefined);
    expect(namesWith(result, 'differs')).toEqual([]);
    expect(namesWith(result, 'unknown').sort()).toEqual([
      'api.host',
      'delivery.events',
      'delivery.signature',
      'options.academic-years',
      'options.custom-fields',
      'options.notifications',
      'writes.charge-types',
    ]);
    expect(exitCodeOf(result)).toBe(0);
  });
});

describe('a check', () => {
  it('sends GET and OPTIONS only, and fewer requests than its limit', async () => {
    await withStandIn(async (tutorCruncher) => {
      await checkStandIn(tutorCruncher);
      const { requests } = tutorCruncher;
      expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(['GET', 'OPTIONS']));
      expect(requests.filter(({ body }) => body !== null)).toEqual([]);
      // `requests` lacks the request with a wrong key.
      expect(requests.length + 1).toBeLessThan(MAX_REQUESTS);
    });
  });
});

/** Makes the stand-in respond differently to requests for the list of jobs. */
const whenJobsAreRead =
  (...response: [status: number, body: unknown]) =>
  (behaviour: Behaviour): void => {
    behaviour.intercept = ({ path }) => (path.startsWith('/api/services/') ? response : null);
  };

describe('a check that cannot be finished', () => {
  it.each<[string, (behaviour: Behaviour) => void, RegExp]>([
    ['too many requests', whenJobsAreRead(429, { detail: 'Request was throttled.' }), /status 429/],
    ['an error', whenJobsAreRead(503, { detail: 'Maintenance' }), /status 503/],
    ['a web page', whenJobsAreRead(200, CHALLENGE_PAGE), /a web page \(status 200\)/],
    ['a firewall', whenJobsAreRead(403, CHALLENGE_PAGE), /a web page \(status 403\)/],
    ['a refused key', whenJobsAreRead(401, { detail: 'Invalid token.' }), /rejects the private key/],
  ])('because of %s has exit code 2, and returns what it has found', async (_reason, change, message) => {
    await withStandIn(async (tutorCruncher) => {
      change(tutorCruncher.behaviour);
      const result = await checkStandIn(tutorCruncher);
      expect(result.unfinished).toMatch(message);
      expect(exitCodeOf(result)).toBe(2);
      const names = result.findings.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['api.key', 'api.branch', 'lists.rows-people']));
      expect(names).not.toContain('filters.email');
      expect(result.report).toMatchObject({ isFinished: false, connection: { wrongKeyStatus: 401 } });
    });
  });

  it('because nothing responds says which host was asked', async () => {
    const { origin } = await withStandIn((tutorCruncher) => Promise.resolve(tutorCruncher));
    const reader = new Reader({ ...OPTIONS, tutorCruncher: origin });
    const result = await checkAccount({ reader, privateKey: STAND_IN_KEY, withPdf: false, readDeliveries: null });
    expect(result.unfinished).toBe(
      `There is no response from ${new URL(origin).host}. Check the network, and run the check again.`,
    );
    expect(result.report.findings).toEqual({});
  });

  it('goes on if the key has no permission for a list, which stays unknown', async () => {
    await withStandIn(async (tutorCruncher) => {
      whenJobsAreRead(403, { detail: 'You do not have permission.' })(tutorCruncher.behaviour);
      const result = await checkStandIn(tutorCruncher);
      expect(result.unfinished).toBeNull();
      expect(namesWith(result, 'differs')).toEqual(['api.key']);
      expect(result.report.lists?.services?.status).toBe(403);
    });
  });
});
