import { expect, it } from '@jest/globals';

import { createAccount } from '../../../local/api/initial-records.ts';
import { officeDates } from '../../../local/office/dates.ts';
import { addOffice } from '../../../local/office/office-records.ts';

it('gives each client the balance of the unpaid invoices, and each lesson the client of its student', () => {
  const account = createAccount();
  addOffice(account, officeDates(Date.parse('2026-11-30T10:00:00Z')));
  for (const { id, invoice_balance } of account.list('clients')) {
    const owed = account
      .list('invoices')
      .filter(
        ({ client, status }) => (client as { id: number }).id === id && /^(?:unpaid|failed)$/.test(String(status)),
      )
      .map(({ still_to_pay }) => Number(still_to_pay));
    expect([id, Number(invoice_balance)]).toEqual([id, 0 - owed.reduce((sum, amount) => sum + amount, 0)]);
  }
  expect(account.find('appointments', 9126)).toMatchObject({
    start: '2026-12-10T17:00:00Z',
    units: '1.50000',
    rcras: [{ recipient: 505, paying_client: (account.find('recipients', 505)?.paying_client as { id: number }).id }],
  });
  expect(account.find('invoices', 161)).toMatchObject({ gross: '84.00', net: 70, tax: '14.00', still_to_pay: 84 });
});
