import { describe, expect, it } from '@jest/globals';

import { objects } from '../../objects/index.ts';
import { layoutOf } from '../../src/record/subject.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { recordWith } from '../helpers.ts';

const keysOf = (subject: object) => layoutOf('visit', { ...subject }).keys;

describe('the order of the static keys', () => {
  it('starts with the names, the status, times and people, regardless of the order in the delivery', () => {
    const subject = {
      ...{ url: 'https://example.com/1/', id: 1, mood: 'fine', rcras: [{ recipient: 5 }] },
      ...{ start: '2026-06-10T16:00:00Z', status: 'planned', name: 'Open day' },
    };
    const order = ['visit_name', 'student_names', 'visit_status', 'visit_start', 'students', 'visit_id', 'visit_mood'];
    const keys = keysOf(subject);
    expect(keys.filter((key) => order.includes(key))).toEqual(order);
    expect(keys.at(-1)).toBe('visit_url');
  });

  it('puts contact details before times, and times of creation or change after other times', () => {
    const at = '2026-06-10T16:00:00Z';
    const order = ['visit_email', 'visit_due_dt', 'visit_created', 'visit_last_updated', 'visit_id'];
    const keys = keysOf({ id: 1, created: at, last_updated: at, due_dt: at, email: 'a@example.com' });
    expect(keys.filter((key) => order.includes(key))).toEqual(order);
  });

  it('puts lists after single values, and fields for programs last', () => {
    const subject = { colour: 'Teal', url: '', latitude: '1.0', labels: [{ id: 1 }], charges: [{ id: 1 }], id: 1 };
    expect(keysOf(subject)).toEqual([
      ...['student_names', 'visit_label_names', 'visit_id', 'visit_labels', 'visit_charges'],
      ...['visit_colour', 'visit_url', 'visit_latitude'],
    ]);
  });

  it('uses the description or text of a record without a name as its name', () => {
    expect(keysOf({ id: 1, description: 'Call' })[0]).toBe('visit_description');
    expect(keysOf({ id: 1, status: 'x', description: 'Call', name: 'Call Priya' })).toEqual([
      ...['visit_name', 'visit_status_text', 'visit_status', 'visit_description', 'visit_id'],
    ]);
  });

  it('puts the names of the people and things that a record is about after its own name', () => {
    const keys = keysOf({
      service: { url: '', id: 2, name: 'Maths' },
      creator: { role_type: 'Tutor', id: 3, first_name: 'Ana' },
      client: { id: 4, last_name: 'Raman' },
      status: 'new',
      id: 1,
    });
    expect(keys).toEqual([
      ...['client_name', 'job_name', 'visit_creator_name', 'visit_status_text', 'visit_status', 'visit_id'],
      ...['visit_creator_first_name', 'visit_creator_id', 'visit_creator_role_type'],
      ...['client_last_name', 'client_id', 'job_id', 'job_url'],
    ]);
  });
});

it('the first keys of a report are followed by its custom fields, which contain its text', async () => {
  const extra_attrs = [{ machine_name: 'summary', type: 'Long Textbox', value: 'Well done' }];
  const subject = { id: 1, mood: 'fine', extra_attrs, appointment: { topic: 'Maths', odd: 1 } };
  const keys = Object.keys(await recordWith('report_created', subject));
  const start = keys.indexOf('custom_summary_text');
  expect(keys.slice(start - 1, start + 3)).toEqual([
    ...['report_creator_name', 'custom_summary_text', 'custom_summary', 'report_approved'],
  ]);
  expect(keys.indexOf('report_mood')).toBe(keys.indexOf('report_url') + 1);
  expect(keys.indexOf('lesson_odd')).toBe(keys.indexOf('event_description') - 1);
  expect(keys.filter((key) => key.startsWith('custom_'))).toHaveLength(2);
});

const PROGRAM_KEY = /(?<!pdf)_(?:url|machine_name|role_type|ranking|sort_index|colour|latitude|longitude)$/;

it.each(objects)('the static keys of a $word start with its name, and end with the fields for programs', (object) => {
  const { keys, ownKeys, nestedKeys } = object.layout;
  expect(keys[0]).toMatch(/_(?:name|display_id|display_name|topic|description|text|approved|date_occurred)$/);
  const own = [...ownKeys].map((key) => PROGRAM_KEY.test(key) || key.endsWith('_icon'));
  expect(own.lastIndexOf(false)).toBeLessThan(own.includes(true) ? own.indexOf(true) : own.length);
  expect([...ownKeys].every((key) => nestedKeys.has(key))).toBe(false);
  expect(keys).toContain(`${object.word}_id`);
});

it.each(webhookTriggers)(
  '$definition.key has a sample and output fields in the same order, with the event at the end',
  ({ definition, outputFields }) => {
    const keys = Object.keys(definition.operation.sample);
    expect([...new Set(outputFields.map(({ key }) => key.replace(/\[\].*/, '')))]).toEqual(keys);
    const isOfEvent = (key: string) => /^(?:event_|actor_|branch_id$|id$)/.test(key);
    expect(keys.filter(isOfEvent)).toEqual(keys.slice(keys.indexOf('event_description')));
    expect(keys.at(-1)).toBe('id');
  },
);
