/** `npm run check:account` only reads, at a limited rate, and stops when TutorCruncher refuses requests. */

import { globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { describe, expect, it } from '@jest/globals';

import { checkAccount, exitCodeOf } from '../../account-check/check-account.ts';
import { MAX_REQUESTS, pauseFor, Reader, Unfinished } from '../../account-check/reader.ts';
import { sendRead } from '../../account-check/send-read.ts';
import { checkStandIn, STAND_IN_KEY } from './stand-in.ts';
import { CHALLENGE_PAGE, type Behaviour } from '../../local/api/behaviour.ts';
import { namesWith, withStandIn } from './checked-stand-in.ts';

const OPTIONS = {
  relay: null,
  privateKey: STAND_IN_KEY,
  pause: () => Promise.resolve(),
  showProgress: () => undefined,
};

describe('a request', () => {
  const tutorCruncher = 'https://app.tutorcruncher.com';
  const relay = 'https://relay.example.com';
  const allowed = { tutorCruncher, relay };

  it.each([
    ['POST', tutorCruncher],
    ['PUT', tutorCruncher],
    ['PATCH', tutorCruncher],
    ['DELETE', tutorCruncher],
    ['HEAD', tutorCruncher],
    ['get', tutorCruncher],
    ['OPTIONS', relay],
    ['PUT', relay],
    ['GET', 'https://app.tutorcruncher.com.example.com'],
    ['GET', 'http://app.tutorcruncher.com'],
  ])('%s to %s is refused before anything is sent', async (method, origin) => {
    const request = { method, url: `${origin}/api/clients/`, headers: {} };
    await expect(sendRead(request, allowed)).rejects.toThrow(`The check sends no ${method} request to ${origin}.`);
  });

  it('is sent in one file only', () => {
    const senders = globSync('account-check/*.ts').filter((path) =>
      /\bfetch\(|node:https?'|undici|z\.request/.test(readFileSync(path, 'utf8')),
    );
    expect(senders).toEqual(['account-check/send-read.ts']);
  });

  it('follows no redirect', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(302, { Location: 'https://example.com/' }).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const request = { method: 'GET', url: `${origin}/`, headers: {} };
    const answer = await sendRead(request, { tutorCruncher: origin, relay: null });
    expect([answer.status, answer.data]).toEqual([302, undefined]);
    server.close();
  });
});

describe('a check', () => {
  it('sends GET and OPTIONS only, and fewer requests than its limit', async () => {
    await withStandIn(async (tutorCruncher) => {
      await checkStandIn(tutorCruncher);
      const { requests } = tutorCruncher;
      expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(['GET', 'OPTIONS']));
      expect(requests.filter(({ body }) => body !== null)).toEqual([]);
      // The request with a wrong key is missing in this list.
      expect(requests.length + 1).toBeLessThan(MAX_REQUESTS);
    });
  });

  it('reads no details with PDFs unless it is asked to', async () => {
    const pdfReads = async (withPdf: boolean): Promise<number> =>
      withStandIn(async (tutorCruncher) => {
        const reader = new Reader({ ...OPTIONS, tutorCruncher: tutorCruncher.origin });
        await checkAccount({ reader, privateKey: STAND_IN_KEY, withPdf, readDeliveries: null });
        return tutorCruncher.requests.filter(
          ({ method, path }) => method === 'GET' && /^\/api\/(?:proforma-)?(?:invoices|payment-orders)\/\d/.test(path),
        ).length;
      });
    expect(await pdfReads(false)).toBe(0);
    expect(await pdfReads(true)).toBe(9);
  });

  it('pauses so long between two requests that there are 40 per minute', async () => {
    const pauses: number[] = [];
    await withStandIn(async ({ origin }) => {
      const pause = (ms: number) => Promise.resolve(pauses.push(ms));
      const reader = new Reader({ ...OPTIONS, tutorCruncher: origin, pause });
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
      const reader = new Reader({ ...OPTIONS, tutorCruncher: tutorCruncher.origin });
      for (let request = 0; request < 240; request++) await reader.get('branch/');
      await expect(reader.get('branch/')).rejects.toThrow(Unfinished);
      expect(tutorCruncher.requests).toHaveLength(240);
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
