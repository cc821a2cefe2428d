/** Values that differ between two events, although a user of TutorCruncher would see no change. */

import { describe, expect, it } from '@jest/globals';

import { client } from '../../objects/client.ts';
import { invoice } from '../../objects/invoice.ts';
import { job } from '../../objects/job.ts';
import { lesson } from '../../objects/lesson.ts';
import { note } from '../../objects/note.ts';
import { isShownChange } from '../../src/record/shown-changes.ts';
import { asInWebhooks, type TutorCruncherObject } from '../../src/object/tutorcruncher-object.ts';
import type { JsonObject } from '../../wire/json.ts';
import { packageObject } from '../../objects/package.ts';
import { tutor } from '../../objects/tutor.ts';
import { changesOf, compare, compareSamples, customField, keysIn, NOTHING } from './compared-subjects.ts';

const PHOTO = 'https://tc-media.s3.amazonaws.com/photo/301.jpg';
const SIGNED = `${PHOTO}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260610T180500Z&X-Amz-Expires=3600&X-Amz-Signature=`;

describe('a signed link', () => {
  it('is compared without its query, in every kind of field', () => {
    const link = (signature: string) => `${SIGNED}${signature}`;
    const values: ((link: string) => JsonObject)[] = [
      (photo) => ({ photo }),
      (photo) => ({ associated_admin: { ...(client.sample.subject.associated_admin as JsonObject), photo } }),
      (url) => customField(url),
      (url) => customField([url, 'https://example.com']),
      (url) => ({ attachments: [url] }),
      (url) => ({ attachments: [{ url }] }),
    ];
    for (const value of values)
      expect(keysIn(compareSamples(client, value(link('0a')), value(link('1b'))))).toEqual(NOTHING);
    expect(keysIn(compareSamples(client, { photo: PHOTO }, { photo: link('0a') }))).toEqual(NOTHING);
  });

  it('is a change if it leads to another file, but the change is not shown', () => {
    const after = { photo: `${SIGNED.replace('301.jpg', '302.jpg')}1b` };
    const expected = { changed: ['client_photo'], shown: [] };
    for (const before of [`${SIGNED}0a`, null, 'https://example.com/old.jpg']) {
      expect(keysIn(compareSamples(client, { photo: before }, after))).toEqual(expected);
      expect(keysIn(compareSamples(client, after, { photo: before }))).toEqual(expected);
    }
    expect(keysIn(compareSamples(client, customField(`${SIGNED}0a`), customField(after.photo)))).toEqual({
      changed: ['custom_field'],
      shown: [],
    });
  });

  it('never represents an entry of a list', () => {
    const entry = { url: `${SIGNED}0a`, size: '12 kB' };
    expect(compareSamples(client, { attachments: [] }, { attachments: [entry] }).changes).toMatchObject([
      { before: '', after: '12 kB' },
    ]);
    expect(keysIn(compareSamples(client, { attachments: [] }, { attachments: [{ url: entry.url }] }))).toEqual(NOTHING);
  });

  it('in a longer text does not hide a change of the text', () => {
    expect(compareSamples(client, customField('Old text'), customField(`New text, ${SIGNED}0a`)).changes).toHaveLength(
      1,
    );
  });

  it('to a PDF file is not compared at all', () => {
    const pdf_url = 'https://example.com/other.pdf';
    expect(keysIn(compareSamples(invoice, { pdf_url }, { pdf_url: `${SIGNED}0a` }))).toEqual(NOTHING);
  });
});

describe('a value with the same text', () => {
  it.each<[TutorCruncherObject, JsonObject, JsonObject]>([
    [client, { is_taxable: true }, { is_taxable: 'True' }],
    [client, { is_taxable: 'false' }, { is_taxable: false }],
    [client, customField(true), customField('True')],
    [job, { dft_charge_rate: '42.00' }, { dft_charge_rate: 42 }],
    [job, { dft_charge_rate: '0E-10' }, { dft_charge_rate: '0.00' }],
    [job, { dft_charge_rate: '4.2e1' }, { dft_charge_rate: '42.0000' }],
    [job, { status: 'in-progress' }, { status: 'In Progress' }],
    [lesson, { start: '2026-06-10T16:00:00Z' }, { start: '2026-06-10T17:00:42+01:00' }],
    [note, { text: '<p>Art</p>' }, { text: 'Art' }],
    [client, customField('<p>Art</p>', 'Long Textbox'), customField('Art', 'Long Textbox')],
  ])('is unchanged: %#', (object, before, after) => {
    expect(keysIn(compareSamples(object, before, after))).toEqual(NOTHING);
    expect(keysIn(compareSamples(object, after, before))).toEqual(NOTHING);
  });

  it('is unlike a value with another text', () => {
    expect(keysIn(compareSamples(client, { is_taxable: true }, { is_taxable: 'False' })).shown).toEqual([
      'client_is_taxable',
    ]);
    expect(keysIn(compareSamples(lesson, {}, { start: '2026-06-10T16:01:00Z' })).shown).toEqual(['lesson_start']);
  });
});

describe('the changes of a subject', () => {
  it('omit times of the last update, links that are signed again, API URLs, coordinates and user types', () => {
    const last_updated = '2020-01-01T00:00:00Z';
    const associated_agent = { ...(client.sample.subject.associated_agent as JsonObject), role_type: 'x', url: 'x' };
    expect(changesOf(client, { last_updated, latitude: '1', longitude: '2', url: 'x', associated_agent })).toEqual([]);
    expect(changesOf(lesson, { service: { last_updated, name: 'Maths' } })).toEqual([
      'Job Name: Maths → GCSE Maths for Leo',
    ]);
    expect(changesOf(invoice, { pdf_url: 'https://example.com/other.pdf?signature=1' })).toEqual([]);
  });

  it.each<[TutorCruncherObject, JsonObject]>([
    [tutor, { work_done_details: { amount_owed: 1, amount_paid: 2, total_paid_hours: '3 09:00:00' } }],
    [client, { invoices_count: 1, payment_pending: '7.00' }],
    [job, { latest_apt_ahc: '2020-01-01T00:00:00Z', total_apt_units: 1 }],
    [packageObject, { times_bought: 1 }],
  ])('omit values that TutorCruncher computes: %#', (object, before) => {
    const later = { ...asInWebhooks(object, object.sample.subject), work_done_details: { amount_owed: 10 } };
    const comparison = compare(object, { ...later, ...before }, later);
    expect(comparison.changes).toEqual([]);
    expect(comparison.changedKeys.size).toBeGreaterThan(0);
  });
});

it.each([
  ['lesson_topic', true],
  ['lesson_colour', true],
  ['job_colour', false],
  ['lesson_url', false],
  ['client_lessons_count', false],
])('a change of %s is shown: %j', (key, isShown) => {
  expect(isShownChange(key, { ownKeys: new Set(['lesson_topic', 'lesson_colour', 'lesson_url']) })).toBe(isShown);
});
