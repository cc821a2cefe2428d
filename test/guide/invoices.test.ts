/** The examples of `docs/examples.md` about invoices, payments and charges, against the stand-in for TutorCruncher. */

import { describe, expect, it, jest } from '@jest/globals';

import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { UNUSED_RELAY } from '../support/sealed-envelope.ts';

jest.unstable_mockModule('../../src/hooks/relay-url.ts', () => ({ RELAY_URL: UNUSED_RELAY }));
jest.resetModules();
const { runExample } = await import('./examples.ts');

const tutorCruncher = useTutorCruncher();

describe('save every invoice to a folder', () => {
  it('passes the file on, and its name', async () => {
    const { passedOn } = await runExample('Example: save every invoice to a folder');
    const { File: file, ...rest } = passedOn.get('2') ?? {};
    expect(rest).toEqual({ Folder: 'Invoices', 'File Name': 'INV-148, Priya Raman' });
    expect(file).toMatch(/^hydrate\|\|\|/);
  });
});

describe('create each invoice in your accounting app', () => {
  it('passes on the client, the number and a complete line', async () => {
    const { passedOn } = await runExample('Example: create each invoice in your accounting app');
    expect(passedOn.get('2')).toEqual({
      'Contact Name': 'Priya Raman',
      'Contact Email': 'priya.raman@example.com',
      'Invoice Number': 'INV-148',
      Date: '2026-06-09',
      Description: 'Quadratic equations, GCSE Maths for Leo, Wed 10 Jun 2026, 1.5 hours',
      Quantity: '1.5',
      'Unit Price': '42',
      'Tax Amount': '10.5',
      'Account Code': '200',
    });
  });
});

describe('record each payment in your accounting app', () => {
  it('passes on the number, the amount and the day of the payment', async () => {
    const { passedOn } = await runExample('Example: record each payment in your accounting app');
    expect(passedOn.get('2')).toEqual({ 'Invoice Number': 'INV-148', Amount: '63', Date: '2026-06-10' });
  });
});

describe("tell the office when a family's balance falls below 50 pounds", () => {
  const told = async () => {
    const { passedOn } = await runExample("Example: tell the office when a family's balance falls below 50 pounds");
    return passedOn.get('2')?.['Message Text'];
  };
  const invoice = (balance: string) => {
    const { account } = tutorCruncher.now;
    const [template] = account.list('balance-updates');
    account.addList('balance-updates', []);
    account.change('clients', 301, { invoice_balance: balance });
    account.add('balance-updates', { ...template, role: 301, credit_amount: '-63.00' });
  };

  it('tells when the balance falls below, and nothing about families who were below or still have 50', async () => {
    invoice('20.00');
    expect(await told()).toBe(
      'The balance of Priya Raman has fallen from £83.00 to £20.00: Invoice raised, -£63.00. Phone: 07700 900123',
    );
    for (const balance of ['50.00', '-20.00', '-13.01']) {
      invoice(balance);
      expect(await told()).toBeUndefined();
    }
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('chase an overdue invoice', () => {
  const EXAMPLE = 'Example: chase an overdue invoice';

  it('writes to the client of an unpaid invoice only, and nothing to TutorCruncher', async () => {
    expect((await runExample(EXAMPLE)).passedOn.get('3')).toEqual({
      To: 'yuki.tanabe@example.com',
      Subject: 'Reminder 1: invoice INV-152 is unpaid',
      Body: expect.stringMatching(
        /^Hello Yuki, we sent you invoice INV-152 on \w{3} \d+ \w{3} \d{4}, \d\d:\d\d\. £63\.00 is still to pay\.$/,
      ),
    });
    for (const status of ['paid', 'void', 'payment-pending']) {
      tutorCruncher.now.account.change('invoices', 152, { status });
      expect([status, (await runExample(EXAMPLE)).passedOn.size]).toEqual([status, 0]);
    }
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('sends a second and a last reminder, and nothing between them', async () => {
    const { account } = tutorCruncher.now;
    const subjects: unknown[] = [];
    for (const days of [20.9, 21.1, 26.1, 28.1]) {
      account.change('invoices', 152, { date_sent: new Date(Date.now() - days * 24 * 3_600_000).toISOString() });
      const { records, passedOn } = await runExample(EXAMPLE);
      subjects.push([days, records.get('1')?.is_last_reminder, passedOn.get('3')?.Subject]);
    }
    expect(subjects).toEqual([
      [20.9, undefined, undefined],
      [21.1, false, 'Reminder 2: invoice INV-152 is unpaid'],
      [26.1, undefined, undefined],
      [28.1, true, 'Reminder 3: invoice INV-152 is unpaid'],
    ]);
  });
});

describe('add ad hoc charges from a sheet without duplicates', () => {
  const EXAMPLE = 'Example: add ad hoc charges from a sheet without duplicates';
  const added = () => tutorCruncher.writes().map(({ body }) => body?.description);

  it('charges the client of the row, once', async () => {
    const { records } = await runExample(EXAMPLE);
    expect(records.get('3')).toMatchObject({
      client_name: 'Priya Raman',
      ad_hoc_charge_category_name: 'Exam fee',
      ad_hoc_charge_client_cost: 95,
      ad_hoc_charge_date_occurred_date: '2026-06-12',
    });
    const again = await runExample(EXAMPLE);
    expect(again.records.get('3')).toEqual({ ...records.get('3'), ad_hoc_charge_is_new: false });
    await runExample(EXAMPLE, { form: { Number: '105' } });
    expect(added()).toEqual(['GCSE entry (sheet 104)', 'GCSE entry (sheet 105)']);
  });
});
