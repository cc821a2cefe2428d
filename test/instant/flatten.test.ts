/** The record that shows one divided state of an event. */

import { describe, expect, it } from '@jest/globals';

import { CLASS_LESSON, FAMILIES, STUDENT_ROWS } from '../../local/events/class-of-nine.ts';
import { lesson } from '../../objects/lesson.ts';
import { flatten } from '../../src/instant/flatten.ts';
import { undivided } from '../../src/lookups/divide.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import type { Person } from '../../src/record/participants.ts';
import { relayedView } from '../support/relayed-view.ts';

const view = relayedView(lesson);
const changes = { changes_known: false };
const event = { ...lesson.sample, subject: { ...lesson.sample.subject, ...CLASS_LESSON } };
const kept = { event, previous: null, burst: [] };
const ofState = (state: object) => flatten(kept, undivided({ ...state }), { changes }, view, NEUTRAL_LOCALE);

describe('the record of an event', () => {
  it('shows the state instead of the subject, and the fields of the change', () => {
    expect(ofState({ id: 7, topic: 'Sets' })).toMatchObject({
      lesson_id: 7,
      lesson_topic: 'Sets',
      lesson_status: null,
      changes_known: false,
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('describes its subject only in a trigger about any object', () => {
    const ofAnyObject = { ...view, isOfAnyObject: true };
    const record = flatten(kept, undivided(event.subject), { changes }, ofAnyObject, NEUTRAL_LOCALE);
    expect(record).toMatchObject({ subject_model: 'Lesson', lesson_id: 9106 });
    expect(ofState({})).not.toHaveProperty('subject_model');
  });

  it('has fields that the state lacks from the details that a lookup has read', () => {
    const details = { id: 7, topic: 'Graphs', status: 'planned' };
    const record = flatten(kept, undivided({ topic: 'Sets' }), { changes, details }, view, NEUTRAL_LOCALE);
    expect(record).toMatchObject({ lesson_topic: 'Sets', lesson_status: 'planned' });
  });
});

describe('the record of an event for a person', () => {
  const [family] = FAMILIES;
  const person: Person = { kind: 'client', id: String(family.client) };
  const own = { rcras: STUDENT_ROWS.slice(0, 2) };
  const divided = { ...undivided(own), person, whole: own };
  const message = 'Removed Luc Garnier.';
  const withMessage = { ...kept, event: { ...event, extra_msg: message } };
  const recordOf = (previous: typeof event | null) =>
    flatten({ ...withMessage, previous }, divided, { changes }, view, NEUTRAL_LOCALE);

  it('has an id of the event and of the person', () => {
    expect(recordOf(null).id).toMatch(new RegExp(`^[0-9a-f]{64}:${family.client}$`));
  });

  it('hides a text about a family that only the state or an earlier event shows', () => {
    expect(recordOf(null)).toMatchObject({ event_message: message });
    expect(recordOf({ ...event, timestamp: '2026-06-10T18:04:00Z' })).toMatchObject({ event_message: null });
    const whole = { ...divided, whole: CLASS_LESSON };
    const record = flatten(withMessage, whole, { changes }, view, NEUTRAL_LOCALE);
    expect(record).toMatchObject({ event_message: null });
  });
});
