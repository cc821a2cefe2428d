/** The check of the standard host, to which tests must not send requests. */

import { expect, it } from '@jest/globals';

import type { AccountCheck } from '../../account-check/account.ts';
import { checkConnection } from '../../account-check/connection.ts';
import { Findings } from '../../account-check/findings.ts';
import type { Reader } from '../../account-check/reader.ts';
import { BRANCH } from '../../local/api/choices.ts';

/** Returns the verdict on the standard host, which responds to the request for the branch with a status. */
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
