import { describe, expect, it } from '@jest/globals';

import { productValues } from '../../src/record/product-values.ts';

describe('productValues', () => {
  it.each([
    ['lesson_status', 'awaiting-report', 'Awaiting Report'],
    ['lesson_status', 'complete', 'Complete'],
    ['lesson_status', 'cancelled-chargeable', 'Cancelled but Chargeable'],
    [
      'client_received_notifications',
      'invoices, invoice_reminders, apt_reminders',
      'Invoices, Invoice Reminders, Lesson Reminders',
    ],
    ['permissions', 'add-edit-complete', 'Add, Edit and Complete Lessons'],
    ['permissions', 'complete', 'Complete Lessons'],
    ['permissions', 'view-only', 'View Only'],
    ['task_type', 'service-cold', 'Job Gone Cold'],
    ['x_status', '', ''],
  ])('translates the %s %j to %j', (key, value, text) => {
    expect(productValues(key, value)).toBe(text);
  });

  it.each([['Été'], ['Needs a call!'], ['constructor: x'], ['a'.repeat(61)]])('leaves %j as sent', (value) => {
    expect(productValues('x_status', value)).toBe(value);
  });
});
