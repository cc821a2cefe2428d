import { describe, expect, it } from '@jest/globals';

import { client } from '../../objects/client.ts';
import { invoice } from '../../objects/invoice.ts';
import { lesson } from '../../objects/lesson.ts';
import { tutor } from '../../objects/tutor.ts';
import type { JsonObject } from '../../wire/json.ts';
import { changesOf } from './compared-subjects.ts';

describe('a list', () => {
  const [weekend, sibling] = client.sample.subject.labels as [JsonObject, JsonObject];

  it('is compared by the ids of its entries, in any order', () => {
    expect(changesOf(client, { labels: [sibling, weekend] })).toEqual([]);
    expect(changesOf(client, { labels: [{ id: '21' }, 22] })).toEqual([]);
    expect(changesOf(client, { labels: [weekend] })).toEqual([
      'Client Label Names: Weekend → Weekend, Sibling discount',
    ]);
  });

  it('is compared by names if the ids of one state are unknown', () => {
    const names = [{ name: sibling.name }, { name: weekend.name }];
    expect([changesOf(client, { labels: names }), changesOf(client, {}, { labels: names })]).toEqual([[], []]);
    expect(changesOf(client, { labels: [names[0]] })).toHaveLength(1);
  });

  const [student] = lesson.sample.subject.rcras as [JsonObject];

  it('is unchanged if an entry was renamed or has another value', () => {
    expect(changesOf(client, { labels: [{ ...weekend, name: 'Saturday' }, sibling] })).toEqual([]);
    expect(changesOf(lesson, { rcras: [{ ...student, charge_rate: '40.00' }] })).toEqual([]);
  });

  it('shows the names of people, and distinguishing texts for other entries', () => {
    const mia = { ...student, recipient: 504, recipient_name: 'Mia Raman' };
    expect(changesOf(lesson, {}, { rcras: [student, mia] })).toEqual([
      'Student Names: Leo Raman → Leo Raman, Mia Raman',
    ]);
    expect(changesOf(tutor, { skills: [] })).toEqual(['Tutor Skill Names:  → Maths']);
    const degree = { id: 9, institution: 'University of Bristol', subject: '', grade: '2:1' };
    expect(changesOf(tutor, { qualifications: [degree] })).toEqual([
      'Tutor Qualifications: University of Bristol → Mathematics',
    ]);
  });

  it('describes entries with equal names by their levels, or else by their ids', () => {
    const skill = (level: string) => [{ id: level.length, subject: 'Maths', qual_level: level }];
    expect(changesOf(tutor, { skills: skill('GCSE') }, { skills: skill('A Level') })).toEqual([
      'Tutor Skill Names: Maths (GCSE) → Maths (A Level)',
    ]);
    const labels = (id: number) => [{ id, name: 'Weekend' }];
    expect(changesOf(client, { labels: labels(21) }, { labels: labels(27) })).toEqual([
      'Client Label Names: Weekend (21) → Weekend (27)',
    ]);
  });

  it('describes entries without a level, an id or an amount only by their names', () => {
    const mixed = [{ name: 'Weekend' }, { id: 22, name: 'Sibling discount' }];
    const after = { labels: [{ id: 21, name: 'Weekend' }, mixed[1]] };
    expect(changesOf(client, { labels: mixed.toReversed() }, after)).toEqual([
      'Client Label Names: Sibling discount, Weekend → Weekend, Sibling discount',
    ]);
  });

  it('without ids is compared by the values that all entries have', () => {
    const [charge] = invoice.sample.subject.charges as [JsonObject];
    const alike = { ...charge, amount: 63, a_new_field: 1, service: { ...(charge.service as JsonObject) } };
    expect(changesOf(invoice, { charges: [alike] })).toEqual([]);
    expect(changesOf(invoice, { charges: [{ ...charge, amount: '60.00' }] })).toEqual([
      'Invoice Charges: Quadratic equations (60) → Quadratic equations (63)',
    ]);
    expect(changesOf(invoice, { charges: [charge, charge] })).toEqual([
      'Invoice Charges: Quadratic equations, Quadratic equations → Quadratic equations',
    ]);
  });

  it('of texts is compared in any order', () => {
    const received_notifications = ['apt_reminders', 'invoices', 'invoice_reminders'];
    expect(changesOf(client, { received_notifications })).toEqual([]);
    expect(changesOf(client, { received_notifications: ['invoices'] })).toEqual([
      'Client Notification Preferences: invoices → invoices, invoice_reminders, apt_reminders',
    ]);
  });
});
