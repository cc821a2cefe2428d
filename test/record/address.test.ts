import { describe, expect, it } from '@jest/globals';

import { recordWith } from '../support/app-tester.ts';

const PARTS = {
  street: '12 Helmet Row',
  state: null,
  town: 'London',
  country: 'United Kingdom (GB)',
  postcode: 'EC1V 3QJ',
};

describe('the address in a record', () => {
  const ADDRESS = '12 Helmet Row, London, EC1V 3QJ, United Kingdom (GB)';

  it('is joined from the parts of the subject, of nested records and of items in both shapes', async () => {
    const record = await recordWith('client_updated', {
      user: PARTS,
      associated_admin: { id: 1, ...PARTS },
      paid_recipients: [{ id: 2, ...PARTS }],
    });
    expect(record).toMatchObject({
      client_address: ADDRESS,
      client_associated_admin_address: ADDRESS,
      client_paid_students: [{ id: 2, address: ADDRESS }],
    });
  });

  it.each([
    [{ street: '', town: null }, null],
    [{ street: [], town: ' Boise ', postcode: 83702 }, 'Boise, 83702'],
    [{ id: 1 }, null],
    [{ address: '8 Mill Lane', ...PARTS }, '8 Mill Lane'],
    [{ ...PARTS, address: '8 Mill Lane' }, '8 Mill Lane'],
    [{ address: '', ...PARTS }, ADDRESS],
    [{ ...PARTS, address: '' }, ADDRESS],
  ])('is the address that TutorCruncher sends, or else that of the parts: %j', async (subject, client_address) => {
    const record = await recordWith('client_updated', subject);
    expect(record).toMatchObject({ client_address });
    expect(record).not.toHaveProperty('client_address_2');
  });

  it('is not made from only a country or a state', async () => {
    const task = await recordWith('task_created', { state: 'open', country: 'France' });
    expect(task).not.toHaveProperty('task_address');
    const lesson = await recordWith('lesson_updated', { location: { address: '' } });
    expect(lesson).toMatchObject({ lesson_location_address: '' });
  });
});
