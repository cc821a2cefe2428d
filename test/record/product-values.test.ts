import { describe, expect, it } from '@jest/globals';

import { productValues } from '../../src/record/product-values.ts';

describe('productValues', () => {
  it.each([
    ['lesson_status', 'awaiting-report', 'Awaiting Report'],
    ['lesson_status', 'cancelled-chargeable', 'Cancelled but Chargeable'],
    ['client_received_notifications', 'invoices, apt_reminders', 'Invoices, Lesson Reminders'],
    ['permissions', 'add-edit-complete', 'Add, Edit and Complete Lessons'],
    ['permissions', 'complete', 'Complete Lessons'],
    ['permissions', 'view-only', 'View Only'],
    ['task_type', 'service-cold', 'Job Gone Cold'],
    ['x_status', 'a'.repeat(60), `A${'a'.repeat(59)}`],
    ...['', 'Été', '-a', 'a-', 'Needs a call!', 'constructor: x', 'a'.repeat(61)].map((value) => [
      'x_status',
      value,
      value,
    ]),
  ])('translates the %s %j to %j', (key = '', value = '', text = '') => {
    expect(productValues(key, value)).toBe(text);
  });
});
