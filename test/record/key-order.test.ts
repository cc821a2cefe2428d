import { describe, expect, it } from '@jest/globals';

import { objects } from '../../objects/index.ts';
import { layoutOf } from '../../src/record/subject.ts';
import { webhookTriggers } from '../../triggers/index.ts';

const keysOf = (subject: object) => layoutOf('visit', { ...subject }).keys;

describe('the order of the static keys', () => {
  it('starts with the name, the status, times and people, regardless of the order in the delivery', () => {
    const subject = {
      url: 'https://example.com/1/',
      id: 1,
      mood: 'fine',
      rcras: [{ recipient: 5 }],
      start: '2026-06-10T16:00:00Z',
      status: 'planned',
      name: 'Open day',
    };
    const order = ['visit_name', 'visit_status', 'visit_start', 'student_names', 'students', 'visit_id', 'visit_mood'];
    const keys = keysOf(subject);
    expect(keys.filter((key) => order.includes(key))).toEqual(order);
    expect(keys.at(-1)).toBe('visit_url');
  });

  it('puts other times before people, and times of creation or change after people', () => {
    const at = '2026-06-10T16:00:00Z';
    const order = ['visit_due_dt', 'visit_email', 'visit_created', 'visit_last_updated', 'visit_id'];
    const keys = keysOf({ id: 1, created: at, last_updated: at, due_dt: at, email: 'a@example.com' });
    expect(keys.filter((key) => order.includes(key))).toEqual(order);
  });

  it('puts lists after single values, and fields for programs last', () => {
    expect(
      keysOf({ colour: 'Teal', url: '', latitude: '1.0', labels: [{ id: 1 }], charges: [{ id: 1 }], id: 1 }),
    ).toEqual([
      'visit_label_names',
      'visit_id',
      'visit_labels',
      'visit_charges',
      'visit_colour',
      'visit_url',
      'visit_latitude',
    ]);
  });

  it('uses the description or text of a record without a name as its name', () => {
    expect(keysOf({ id: 1, status: 'x', description: 'Call' })[0]).toBe('visit_description');
    expect(keysOf({ id: 1, status: 'x', description: 'Call', name: 'Call Priya' })).toEqual([
      'visit_name',
      'visit_status',
      'visit_id',
      'visit_description',
    ]);
  });

  it('puts nested records after the subject, people first, each in the same order', () => {
    const keys = keysOf({
      service: { url: '', id: 2, name: 'Maths' },
      creator: { role_type: 'Tutor', id: 3, first_name: 'Ana' },
      id: 1,
    });
    expect(keys).toEqual([
      'visit_id',
      'visit_creator_name',
      'visit_creator_first_name',
      'visit_creator_id',
      'visit_creator_role_type',
      'job_name',
      'job_id',
      'job_url',
    ]);
  });
});

const PROGRAM_KEY = /(?<!pdf)_(?:url|machine_name|role_type|ranking|sort_index|colour|latitude|longitude)$/;

describe.each(objects.map((object) => [object.word, object] as const))(
  'the static keys of a %s',
  (word, { layout }) => {
    it('start with a field that people look for', () => {
      expect(layout.keys[0]).toMatch(
        /_(?:name|display_id|display_name|topic|description|text|approved|date_occurred)$/,
      );
    });

    it('end the fields of the object itself with the fields for programs', () => {
      const own = [...layout.ownKeys].map((key) => PROGRAM_KEY.test(key) || key.endsWith('_icon'));
      expect(own.lastIndexOf(false)).toBeLessThan(own.includes(true) ? own.indexOf(true) : own.length);
      expect([...layout.ownKeys].every((key) => layout.nestedKeys.has(key))).toBe(false);
      expect(layout.keys).toContain(`${word}_id`);
    });
  },
);

describe.each(webhookTriggers.map((trigger) => [trigger.definition.key, trigger] as const))('%s', (_key, trigger) => {
  it('has a sample and output fields in the same order, with the event at the end', () => {
    const keys = Object.keys(trigger.definition.operation.sample);
    const listed = [...new Set(trigger.outputFields.map(({ key }) => key.replace(/\[\].*/, '')))];
    expect(listed).toEqual(keys);
    const start = keys.indexOf('event_description');
    const isOfEvent = (key: string) => /^(?:event_|actor_|branch_id$|id$)/.test(key);
    expect(keys.filter(isOfEvent)).toEqual(keys.slice(start));
    expect(keys.at(-1)).toBe('id');
  });
});
