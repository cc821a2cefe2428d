/** Connections that contradict the assumptions about the host, the key and the branch. */

import { expect, it } from '@jest/globals';

import type { AccountCheck } from '../../account-check/account.ts';
import { checkConnection } from '../../account-check/connection.ts';
import { Findings } from '../../account-check/findings.ts';
import type { Reader } from '../../account-check/reader.ts';
import { BRANCH } from '../../local/api/choices.ts';
import { changedBody, replaced, without } from './checked-stand-in.ts';
import { testContradictions } from './contradictions.ts';

/**
 * Returns the verdict on the standard host. A fake reader responds instead of the host.
 *
 * @param status - status of the response to the request for the branch
 */
async function verdictWith(status: number): Promise<string | undefined> {
  const respond = () => Promise.resolve({ status, data: status === 200 ? BRANCH : {}, headers: new Headers() });
  const reader = { origin: 'https://app.tutorcruncher.com', get: respond, probe: respond } as unknown as Reader;
  const findings = new Findings();
  const check: AccountCheck = { reader, findings, withPdf: false, rows: new Map(), details: new Map(), branchId: null };
  expect(await checkConnection(check)).toMatchObject({ host: 'standard' });
  return findings.all.find(({ name }) => name === 'api.host')?.verdict;
}

it('the standard host holds if it provides the branch, and differs otherwise', async () => {
  expect(await verdictWith(200)).toBe('holds');
  expect(await verdictWith(404)).toBe('differs');
});

testContradictions([
  ['api.key-refused', 'a wrong key gets 404', (behaviour) => (behaviour.keyRefusal = [404, { detail: 'Not found.' }])],
  [
    'api.branch',
    'the time zone is no zone',
    changedBody(/branch\/$/, (branch) => ({ ...branch, timezone: 'Bristol' })),
  ],
  ['api.branch', 'the branch has no currency', changedBody(/branch\/$/, (branch) => without(branch, 'currency'))],
  ['api.redirect', 'a path without a slash is served', replaced('GET /api/branch', 200)],
  [
    'limits.headers',
    'a header counts requests',
    (behaviour) => (behaviour.alter = (_request, [status, body]) => [status, body, { 'X-RateLimit-Remaining': '12' }]),
  ],
]);
