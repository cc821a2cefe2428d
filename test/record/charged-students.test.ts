import { describe, expect, it } from '@jest/globals';

import { chargedStudentNames } from '../../src/record/charged-students.ts';
import { recordWith } from '../helpers.ts';

describe('the student names of an invoice', () => {
  const leo = { id: 503, first_name: 'Leo', last_name: 'Raman' };

  it('are those of the students of its charges and their lessons, each once', async () => {
    const charges = [
      { amount: '63.00', service_recipient: leo },
      { amount: '20.00', appointment: { id: 1, rcras: [{ recipient: 504, recipient_name: 'Mia Raman' }] } },
      { amount: '20.00', appointment: { id: 2, rcras: [{ recipient: 503, recipient_name: 'Leo Raman' }] } },
    ];
    expect(await recordWith('invoice_raised', { charges })).toMatchObject({ student_names: 'Leo Raman, Mia Raman' });
  });

  it.each([[[]], [[{ amount: '63.00', appointment: { id: 1 } }]], [[null, 7, { service_recipient: 'Leo' }]]])(
    'are null if the charges have none: %j',
    (charges) => {
      expect(chargedStudentNames(charges)).toBeNull();
    },
  );
});
