import { describe, expect, it } from '@jest/globals';

import { deliveryText, eventText, objectName } from '../../console/event-words.ts';

describe('an event', () => {
  const triggers = [{ label: 'Lesson Completed', actions: ['MARKED_AN_APPOINTMENT_AS_COMPLETE'] }];

  it.each([
    ['MARKED_AN_APPOINTMENT_AS_COMPLETE', 'Lesson completed'],
    ['ADDED_A_LABEL_TO_SERVICE', 'Added a label to job'],
    ['VIEWED_AN_APPOINTMENT', 'Viewed a lesson'],
    ['SENT_AN_EMAIL', 'Sent an email'],
    ['CHANGED_A_PLAN_CODE', 'Changed a plan code'],
  ])('%s is called "%s"', (action, text) => {
    expect(eventText(action, triggers)).toBe(text);
  });

  it('has a name even if its delivery has several, unknown or no actions', () => {
    expect(deliveryText(['SENT_AN_EMAIL', 'SENT_AN_SMS', 'SENT_AN_EMAIL'])).toBe('Sent an email, and 1 more');
    expect(deliveryText(null)).toBe('Events of several kinds');
    expect(deliveryText([])).toBe('No event');
  });

  it('is about an object that is called by its product name', () => {
    expect([objectName('ad_hoc_charge'), objectName('toString'), objectName(null)]).toEqual([
      'Ad Hoc Charge',
      null,
      null,
    ]);
  });
});
