import { describe, expect, it } from '@jest/globals';

import { addressOf } from '../../src/record/addresses.ts';
import { recordWith } from '../helpers.ts';

const PARTS = {
  street: '12 Helmet Row',
  state: null,
  town: 'London',
  country: 'United Kingdom (GB)',
  postcode: 'EC1V 3QJ',
};

describe('addressOf', () => {
  it.each([
    [PARTS, '12 Helmet Row, London, EC1V 3QJ, United Kingdom (GB)'],
    [{ town: ' Boise ', state: 'Idaho', postcode: 83702 }, 'Boise, Idaho, 83702'],
    [{ street: '', town: ' ', state: [], postcode: {}, country: null }, null],
    [{}, null],
  ])('joins the parts that are not empty: %j', (record, expected) => {
    expect(addressOf(record)).toBe(expected);
  });
});

describe('the address in a record', () => {
  it('is joined from the parts of the subject, of nested records and of items in both shapes', async () => {
    const address = '12 Helmet Row, London, EC1V 3QJ, United Kingdom (GB)';
    const record = await recordWith('client_updated', {
      user: PARTS,
      associated_admin: { id: 1, ...PARTS },
      paid_recipients: [{ id: 2, ...PARTS }],
    });
    expect(record).toMatchObject({
      client_address: address,
      client_associated_admin_address: address,
      client_paid_students: [{ id: 2, address }],
    });
  });

  it('is null if the parts are empty or missing', async () => {
    expect(await recordWith('client_updated', { street: '', town: null })).toMatchObject({ client_address: null });
    expect(await recordWith('client_updated', { id: 1 })).toMatchObject({ client_address: null });
  });

  it('is the address that TutorCruncher sends, if it sends one', async () => {
    for (const subject of [
      { address: '8 Mill Lane', ...PARTS },
      { ...PARTS, address: '8 Mill Lane' },
    ]) {
      const record = await recordWith('client_updated', subject);
      expect(record).toMatchObject({ client_address: '8 Mill Lane' });
      expect(record).not.toHaveProperty('client_address_2');
    }
  });

  it('replaces an empty address', async () => {
    for (const subject of [
      { address: '', ...PARTS },
      { ...PARTS, address: '' },
    ]) {
      const record = await recordWith('client_updated', subject);
      expect(record).toMatchObject({ client_address: '12 Helmet Row, London, EC1V 3QJ, United Kingdom (GB)' });
      expect(record).not.toHaveProperty('client_address_2');
    }
  });

  it('is not made from only a country or a state', async () => {
    const record = await recordWith('task_created', { state: 'open', country: 'France' });
    expect(record).not.toHaveProperty('task_address');
    expect(await recordWith('lesson_updated', { location: { address: '' } })).toMatchObject({
      lesson_location_address: '',
    });
  });
});
