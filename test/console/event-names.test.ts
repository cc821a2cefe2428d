/** The names that a row of the list shows for an event. */

import { describe, expect, it } from '@jest/globals';

import { eventNames } from '../../console/event-names.ts';

const event = (subject: Record<string, string | number>) => ({
  action: 'A',
  verb: 'A',
  timestamp: '2026-06-10T18:05:00Z',
  subject,
});

describe('the name of the subject', () => {
  it.each([
    ['its topic', { model: 'Lesson', id: 7, topic: 'Fractions' }, 'Fractions'],
    ['its first and last name', { model: 'Client', id: 1, first_name: 'Priya', last_name: 'Raman' }, 'Priya Raman'],
    ['a number that it is displayed with', { model: 'Spaceship', id: 5, display_id: 7 }, '7'],
    ['empty if it has none', { model: 'Spaceship', id: 5 }, ''],
  ])('is %s', (_source, subject, name) => {
    expect(eventNames(event(subject), {}).name).toBe(name);
  });
});

describe('the names of the people', () => {
  const fields = {
    student_names: 'Ben Oakley',
    client_name: 'Mary Oakley',
    tutor_names: 'Hannah Whitlock, Tom Bell',
    tutor_name: 'Hannah Whitlock',
    job_name: 'Maths for Ben',
  };
  const lesson = event({ model: 'Lesson', id: 7, topic: 'Fractions' });

  it.each(Object.entries(fields).map(([key, people], index) => ({ key, people, from: index })))(
    'are in $key if the fields before it are empty',
    ({ people, from }) => {
      const before = Object.keys(fields).slice(0, from);
      const record = { ...fields, ...Object.fromEntries(before.map((key) => [key, null])) };
      expect(eventNames(lesson, record).people).toBe(people);
    },
  );

  it('do not repeat the name of the subject', () => {
    const client = event({ model: 'Client', id: 1, first_name: 'Mary', last_name: 'Oakley' });
    expect(eventNames(client, { client_name: 'Mary Oakley' })).toEqual({ name: 'Mary Oakley', people: '' });
    expect(eventNames(client, { client_name: 'Mary Oakley', tutor_name: 'Hannah Whitlock' })).toMatchObject({
      people: 'Hannah Whitlock',
    });
  });

  it('are empty if the record has none', () => {
    expect(eventNames(lesson, { lesson_topic: 'Fractions' })).toEqual({ name: 'Fractions', people: '' });
  });
});
