/** Balances that are not the sums of their changes. */

import { expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { changedBody, changedDetails, changedRows, checkChanged, namesWith } from './checked-stand-in.ts';
import { testContradictions } from './contradictions.ts';

testContradictions([
  [
    'details.balance',
    'a balance is not the sum of the changes',
    changedDetails('clients', (one) => ({ ...one, invoice_balance: '-84.01' })),
  ],
  [
    'details.balance',
    'amounts have no sign',
    changedRows('balance-updates', (row) => ({ ...row, credit_amount: '84.00' })),
  ],
]);

it('a balance that changes between its request and the request of its changes does not differ', async () => {
  let requests = 0;
  const result = await checkChanged(
    changedBody(/^GET \/api\/balance-updates\/\?client=/, ({ results, ...page }) => {
      requests++;
      return { ...page, results: requests === 1 ? (results as JsonObject[]).slice(1) : results };
    }),
  );
  expect(requests).toBeGreaterThan(1);
  expect(namesWith(result, 'differs')).toEqual([]);
  expect(namesWith(result, 'holds')).toContain('details.balance');
});
