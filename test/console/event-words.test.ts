import { describe, expect, it } from '@jest/globals';

import type { NamedEvent } from '../../console/event-list.ts';
import { deliveryText, eventRow, eventText, objectName } from '../../console/event-words.ts';
import { listedEvent } from './listed-event.ts';

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

  it('names a record without a name by its object and its id, as far as they are known', () => {
    const aboutOf = (changes: Partial<NamedEvent['envelope']>) =>
      eventRow({ ...listedEvent(2), envelope: { ...listedEvent(2).envelope, ...changes } }).about;
    expect(aboutOf({})).toBe('Lesson 12');
    expect(aboutOf({ model: null })).toBe('12');
    expect(aboutOf({ subject_id: null })).toBe('Lesson');
    expect(aboutOf({ model: null, subject_id: null })).toBe('');
  });

  it('has the name of its first record, the number of the others, and the people of the first', () => {
    const events = [
      { name: 'Fractions', people: 'Ben Oakley' },
      { name: 'Verb tenses', people: 'Leo Raman' },
    ];
    expect(eventRow({ ...listedEvent(2), opened: { kind: 'opened', events } })).toEqual({
      event: 'A',
      about: 'Fractions',
      others: 1,
      people: 'Ben Oakley',
    });
  });
});
