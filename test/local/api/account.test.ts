import { describe, expect, it, jest } from '@jest/globals';

import { Account, amountText, PEOPLE_PATHS, roleTypeOf, type AccountRecord } from '../../../local/api/account.ts';

const urlOf = (path: string, id: number): string => `https://app.tutorcruncher.com/api/${path}/${id}/`;
const personIn = (path: string, id: number, first_name: string, last_name: string): AccountRecord => ({
  id,
  first_name,
  last_name,
  email: `${first_name}@example.com`.toLowerCase(),
  mobile: '07700 900123',
  url: urlOf(path, id),
});

const PRIYA = personIn('clients', 301, 'Priya', 'Raman');
const LEO = personIn('recipients', 501, 'Leo', 'Raman');
const MAYA = personIn('recipients', 502, 'Maya', 'Raman');
const HANNAH = personIn('contractors', 401, 'Hannah', 'Whitlock');
const OWEN = personIn('agents', 601, 'Owen', 'Brook');

/** A job. The API returns its rates as numbers. */
const MATHS: AccountRecord = {
  id: 705,
  name: 'GCSE Maths',
  dft_charge_rate: 40,
  dft_contractor_rate: 25.5,
  status: 'in-progress',
  description: 'Weekly maths.',
  url: urlOf('services', 705),
};

/** Returns an account with a few people, a job and these lists. */
function accountWith(lists: Readonly<Record<string, readonly AccountRecord[]>> = {}): Account {
  const account = new Account();
  const initial = { clients: [PRIYA], recipients: [LEO, MAYA], contractors: [HANNAH], agents: [OWEN] };
  for (const [path, records] of Object.entries({ ...initial, services: [MATHS], ...lists })) {
    account.addList(path, records);
  }
  return account;
}

/** Returns the current state of a record of the list of reports. */
const currentReport = (account: Account, fields: object): AccountRecord =>
  account.current('reports', { id: 1, url: urlOf('reports', 1), ...fields });

it.each([
  [null, null],
  [undefined, null],
  ['', null],
  [0, '0.00'],
  [40, '40.00'],
  ['25.5', '25.50'],
])('the amount %j has the text %j', (amount, text) => {
  expect(amountText(amount)).toBe(text);
});

it('people have a type, and other records have none', () => {
  expect(PEOPLE_PATHS.map(roleTypeOf)).toEqual(['Client', 'Tutor', 'Student', 'Affiliate']);
  expect(roleTypeOf('services')).toBeUndefined();
});

describe('a list', () => {
  it('is found by its path, with its records in the given order', () => {
    const account = accountWith();
    expect([account.has('recipients'), account.has('labels')]).toEqual([true, false]);
    expect(account.list('recipients')).toEqual([LEO, MAYA]);
    expect(account.list('labels')).toEqual([]);
  });

  it('finds a record by its id, as a number or as text', () => {
    const account = accountWith();
    for (const id of [502, '502']) expect(account.find('recipients', id)).toBe(MAYA);
    for (const [path, id] of [
      ['recipients', 50],
      ['recipients', undefined],
      ['clients', 502],
      ['labels', 502],
    ] as const) {
      expect(account.find(path, id)).toBeNull();
    }
  });

  it('has a blank record with the fields of its first record, each null or an empty list', () => {
    const rows = [{ id: 2, name: 'A', labels: [{ id: 21 }], location: { id: 81 } }];
    const account = accountWith({ notes: [...rows, { id: 1, other: 'B' }], reviews: [] });
    expect(account.blank('notes')).toEqual({ id: null, name: null, labels: [], location: null });
    expect(account.blank('reviews')).toEqual({});
    expect(account.blank('labels')).toEqual({});
  });
});

describe('a record', () => {
  it('is added at the top of its list, with the next id and its URL', () => {
    const account = accountWith({ notes: [] });
    const added = account.add('recipients', { first_name: 'Ada', id: 7, url: 'elsewhere' });
    expect(added).toEqual({ first_name: 'Ada', id: 503, url: urlOf('recipients', 503) });
    expect(account.list('recipients')).toEqual([added, LEO, MAYA]);
    expect(account.add('recipients', {}).id).toBe(504);
    expect([account.add('notes', {}).id, account.add('tasks', {}).id]).toEqual([1, 1]);
  });

  it('has an age from the time at which it was added, or Infinity if it is an initial record', () => {
    const account = accountWith();
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    const { id } = account.add('clients', {});
    now.mockReturnValue(1_004_000);
    const changed = account.change('clients', id, { first_name: 'Ada' });
    const ages = [account.ageOf(changed), account.ageOf(PRIYA), account.ageOf({})];
    now.mockRestore();
    expect(ages).toEqual([4000, Infinity, Infinity]);
  });

  it('keeps its id, its place and its other fields when it is changed', () => {
    const account = accountWith();
    const changed = account.change('recipients', 502, { first_name: 'May', id: 9 });
    expect(changed).toEqual({ ...MAYA, first_name: 'May' });
    expect(account.list('recipients')).toEqual([LEO, changed]);
  });
});

describe('the short form of a record', () => {
  it('contains the name, the address and the type of a person', () => {
    expect(accountWith().reference('recipients', 501)).toEqual({
      id: 501,
      first_name: 'Leo',
      last_name: 'Raman',
      email: 'leo@example.com',
      role_type: 'Student',
      url: urlOf('recipients', 501),
    });
  });

  it('contains the fields of a job, with its rates as text and null for a field that it lacks', () => {
    expect(accountWith().reference('services', '705')).toEqual({
      id: 705,
      name: 'GCSE Maths',
      dft_charge_type: null,
      created: null,
      dft_charge_rate: '40.00',
      dft_contractor_rate: '25.50',
      last_updated: null,
      status: 'in-progress',
      url: urlOf('services', 705),
    });
  });

  it('contains the times of a lesson and its job', () => {
    const lesson = { id: 9106, topic: 'Ratios', status: 'planned', url: urlOf('appointments', 9106) };
    const times = { start: '2026-06-10T16:00:00Z', finish: '2026-06-10T17:30:00Z' };
    const account = accountWith({ appointments: [{ ...lesson, ...times, service: { id: 705 }, rcras: [] }] });
    expect(account.reference('appointments', 9106)).toEqual({ ...lesson, ...times, service: { id: 705 } });
  });

  it('is null if no record has the id', () => {
    const account = accountWith();
    expect([account.reference('services', 706), account.reference('clients', 501)]).toEqual([null, null]);
  });
});

describe('the current state of a record', () => {
  it('contains the current state of the people and the job that it refers to, at any depth', () => {
    const account = accountWith();
    const fields = { client: account.reference('clients', 301), rows: [[{ job: account.reference('services', 705) }]] };
    account.change('clients', 301, { first_name: 'Pria', email: 'pria@example.com' });
    account.change('services', 705, { name: 'Maths', dft_charge_rate: 42 });
    expect(currentReport(account, fields)).toEqual({
      id: 1,
      url: urlOf('reports', 1),
      client: { ...fields.client, first_name: 'Pria', email: 'pria@example.com' },
      rows: [[{ job: { ...fields.rows[0]?.[0]?.job, name: 'Maths', dft_charge_rate: '42.00' } }]],
    });
  });

  it('adds no fields to a reference, and keeps fields that the short form lacks', () => {
    const account = accountWith();
    const client = { url: urlOf('clients', 301), first_name: 'Before', nickname: 'Pri' };
    expect(currentReport(account, { client }).client).toEqual({ ...client, first_name: 'Priya' });
  });

  it('keeps the form of the job in a lesson that it refers to', () => {
    const lesson = { id: 9106, topic: 'Ratios', status: 'planned', service: 705, url: urlOf('appointments', 9106) };
    const account = accountWith({ appointments: [lesson] });
    const service = { id: 705, name: 'Before', url: urlOf('services', 705) };
    expect(currentReport(account, { appointment: { ...lesson, topic: 'Before', service } }).appointment).toEqual({
      ...lesson,
      service: { ...service, name: 'GCSE Maths' },
    });
  });

  it('leaves a reference to a record that does not exist, and records of other lists, as they are', () => {
    const fields = {
      client: { id: 399, first_name: 'Gone', url: urlOf('clients', 399) },
      enquiry: { id: 21, email: 'Before', url: urlOf('enquiries', 21) },
      link: { id: 301, first_name: 'Before', url: 'https://example.com/clients/301/' },
      contact: { id: 301, first_name: 'Before' },
    };
    const account = accountWith({ enquiries: [{ id: 21, email: 'After', url: urlOf('enquiries', 21) }] });
    expect(currentReport(account, fields)).toMatchObject(fields);
  });

  it('keeps its own fields, even if its list has a newer state', () => {
    const written = { ...LEO, first_name: 'Leonard', recipient: 502, recipient_name: 'Before' };
    expect(accountWith().current('recipients', written)).toEqual(written);
  });

  it('contains the current name of each person in a row who is referred to by id', () => {
    const row = {
      recipient: 502,
      recipient_name: '',
      paying_client: 301,
      paying_client_name: null,
      agent: 601,
      agent_name: 'Before',
    };
    const account = accountWith();
    account.change('agents', 601, { first_name: null });
    expect(currentReport(account, { rcrs: [row], conjobs: [{ contractor: 401, name: '' }] })).toMatchObject({
      rcrs: [{ ...row, recipient_name: 'Maya Raman', paying_client_name: 'Priya Raman', agent_name: 'Brook' }],
      conjobs: [{ contractor: 401, name: 'Hannah Whitlock' }],
    });
  });

  it('keeps the names in a row without the id of a person who exists, and adds none', () => {
    const rows = [
      { recipient: 599, recipient_name: 'Gone' },
      { recipient: '502', recipient_name: 'Text' },
      { paying_client: null, paying_client_name: '' },
      { recipient: 502, charge_rate: '40.00' },
    ];
    expect(currentReport(accountWith(), { rcrs: rows }).rcrs).toEqual(rows);
  });

  it('contains a fresh link to its PDF, but none of a draft', () => {
    const account = accountWith();
    const linkOf = (fields: object) => account.current('invoices', { id: 148, pdf_url: 'expired', ...fields }).pdf_url;
    expect(linkOf({ status: 'unpaid' })).toBe('https://files.example.com/invoices/148.pdf');
    account.pdfLink = (path, id) => `${path} ${id}`;
    expect([linkOf({ status: 'paid' }), linkOf({ status: 'draft' })]).toEqual(['invoices 148', null]);
    expect(linkOf({ status: 'paid', pdf_url: null })).toBe('invoices 148');
    for (const record of [{ id: 148 }, { id: 148, status: 'draft' }]) {
      expect(account.current('invoices', record)).toEqual(record);
    }
  });

  it('contains the students of a client, and the clients of an affiliate', () => {
    const account = accountWith();
    account.change('recipients', 502, { paying_client: account.reference('clients', 301) });
    account.change('recipients', 501, { paying_client: { id: 302 } });
    account.change('clients', 301, { associated_agent: account.reference('agents', 601) });
    const stale = { paid_recipients: [{ id: 599 }], clients: [{ id: 399 }] };
    const current = (path: string, record: AccountRecord) => account.current(path, { ...record, ...stale });
    expect(current('clients', PRIYA)).toMatchObject({
      ...stale,
      paid_recipients: [account.reference('recipients', 502)],
    });
    expect(current('agents', OWEN)).toMatchObject({ ...stale, clients: [account.reference('clients', 301)] });
    expect(current('recipients', LEO)).toMatchObject(stale);
    expect(account.current('agents', { id: 602 })).toEqual({ id: 602, clients: [] });
  });
});
