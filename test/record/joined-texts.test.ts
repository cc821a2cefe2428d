/** Texts that join several values. No value can look like several values or start a new line. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { objects } from '../../objects/index.ts';
import { describeZap } from '../../src/hooks/zap-description.ts';
import { noticeRecord, sampleNotices } from '../../src/instant/notice-record.ts';
import { changeFields } from '../../src/record/change-keys.ts';
import { textsOfChange } from '../../src/record/change-texts.ts';
import type { FieldValue } from '../../src/record/record.ts';
import { flattenSubject } from '../../src/record/subject.ts';
import { sampleLocale } from '../../src/object/samples.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { DirectApi, textOf } from '../support/direct-api.ts';
import { compare } from './compared-subjects.ts';

const PLAIN = 'Ann';
const HOSTILE = 'Ann,\r\n Bob: x → y · z\u2028,and 5 more\u0085';
/** {@link HOSTILE} as an entry of a text that is joined with ", ". */
const ENTRY = 'Ann Bob: x → y · z and 5 more';

/** Matches the names of fields whose texts people type. */
const TYPED = /^(?:first_name|last_name|name|topic|description|display_id|subject|category_name|\w+_name)$/;

/** Returns a record in which `typed` replaces each text that a person has typed, at all levels. */
function typedInto(value: unknown, typed: string): unknown {
  if (Array.isArray(value))
    return value.map((entry: unknown) => (typeof entry === 'string' ? typed : typedInto(entry, typed)));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      typeof inner === 'string' && TYPED.test(name) ? typed : typedInto(inner, typed),
    ]),
  );
}

/** Returns the texts of a record with their keys, including the texts of line items. */
const textsIn = (record: Readonly<Record<string, FieldValue>>, path = ''): [key: string, text: string][] =>
  Object.entries(record).flatMap(([key, value]): [string, string][] => {
    if (typeof value === 'string') return [[`${path}${key}`, value]];
    if (!Array.isArray(value)) return [];
    return value.flatMap((item, index) => textsIn(item, `${path}${key}[${index}].`));
  });

const entriesIn = (text: string): number => text.split(',').length;
const LINE_BREAK = /[\p{Cc}\u2028\u2029]/u;

describe('a name with line breaks and commas', () => {
  it.each(objects.map((object) => [object.word, object] as const))(
    'is one entry of each joined text in the record of a %s',
    (_word, { sample, layout }) => {
      const recordWith = (typed: string) =>
        flattenSubject(typedInto(sample.subject, typed) as JsonObject, layout, sampleLocale());
      const plain = new Map(textsIn(recordWith(PLAIN)));
      // A text that the record shows as sent keeps its commas and line breaks, so such a text is left out.
      const joined = textsIn(recordWith(HOSTILE)).filter(([, text]) => text.includes('Bob') && text !== HOSTILE);
      const forged = joined.filter(
        ([key, text]) => LINE_BREAK.test(text) || entriesIn(text) !== entriesIn(plain.get(key) ?? ''),
      );
      // A full name joins the first and last name with a space, so the commas in these names separate nothing.
      expect(forged.filter(([key, text]) => LINE_BREAK.test(text) || !/(?:^|[._])name$/.test(key))).toEqual([]);
    },
  );

  it('is one entry of a list without a layout, and of a custom field', () => {
    const [client] = objects;
    if (!client) throw new Error('There are no objects.');
    const subject = {
      nicknames: [HOSTILE, PLAIN],
      extra_attrs: [{ machine_name: 'siblings', value: [HOSTILE, PLAIN] }],
    };
    expect(flattenSubject(subject, client.layout)).toMatchObject({
      client_nicknames: `${ENTRY}, ${PLAIN}`,
      custom_siblings: `${ENTRY}, ${PLAIN}`,
    });
  });

  it('does not start a line in an address, whose parts may have commas and lines', () => {
    const [client] = objects;
    const subject = { street: 'Flat 2, The Mill\r\n12 High Street\n', town: 'Bath' };
    expect(client && flattenSubject(subject, client.layout)).toMatchObject({
      client_address: 'Flat 2, The Mill, 12 High Street, Bath',
    });
  });

  it('is one entry of the changes, and starts no line of theirs', () => {
    const [client] = objects;
    if (!client) throw new Error('There are no objects.');
    const state = (value: string): JsonObject => ({
      town: value,
      labels: [{ id: value.length, name: value }],
      extra_attrs: [{ machine_name: 'notes', name: HOSTILE, value }],
    });
    const comparison = compare(client, state(PLAIN), state(HOSTILE));
    const { changed_fields, changes_text, added_labels } = changeFields(comparison, client.layout, sampleLocale());
    expect(changed_fields).toBe(`Client Town, Client Label Names, ${ENTRY}`);
    expect(added_labels).toBe(ENTRY);
    const value = 'Ann, Bob: x y · z ,and 5 more';
    const lines = [
      `Client Town: Ann → ${value}`,
      'Client Label Names: Ann → Ann Bob: x y · z and 5 more',
      `Ann, Bob x → y · z ,and 5 more: Ann → ${value}`,
    ];
    expect(changes_text).toBe(lines.join('\n'));
  });

  it('is one value of a change', () => {
    expect(textsOfChange('Town', ['x → y', 'z\n'])?.line).toBe('Town: x y → z');
    expect(textsOfChange('Town', ['→', 'z'])?.line).toBe('Town: (empty) → z');
  });

  it('is one value in the description of a Zap', () => {
    const field = { key: 'x', label: 'X', type: 'string', choices: { a: 'A' } } as const;
    const { options } = describeZap('New Client', [{ field }], { inputData: { x: ['a', 'b\nc,d'] } } as never);
    expect(options).toEqual([{ label: 'X', value: 'A, b c d' }]);
    const [notice] = sampleNotices();
    if (!notice?.zap) throw new Error('There is no notice about a Zap.');
    const zap = {
      ...notice.zap,
      options: [
        { label: 'X', value: 'a · Y: b\nc' },
        { label: 'Z', value: 'd' },
      ],
    };
    expect(noticeRecord({ ...notice, zap }, sampleLocale()).zap_description).toBe('X: a Y: b c · Z: d');
  });
});

describe('Matches as Text', () => {
  let api: DirectApi;
  beforeEach(() => {
    api = new DirectApi();
  });

  it.each<[key: string, path: string, inputData: JsonObject]>([
    ['find_clients', 'clients', { find_created_from: '2000-01-01' }],
    ['find_tutors', 'contractors', { find_created_from: '2000-01-01' }],
    ['find_students', 'recipients', { find_created_from: '2000-01-01' }],
    ['find_jobs', 'services', { find_created_from: '2000-01-01' }],
    ['find_lessons', 'appointments', { find_after: '2000-01-01T00:00Z' }],
    ['find_invoices', 'invoices', { find_sent_from: '2000-01-01' }],
    ['find_credit_requests', 'proforma-invoices', { find_sent_from: '2000-01-01' }],
    ['find_payment_orders', 'payment-orders', { find_sent_from: '2000-01-01' }],
    ['find_tasks', 'tasks', { find_due_from: '2000-01-01' }],
  ])(
    'of %s has one line for each match, with as many entries as without hostile names',
    async (key, path, inputData) => {
      const records = api.account.list(path).slice(0, 2);
      const linesWith = async (typed: string): Promise<string[]> => {
        api.account.addList(
          path,
          records.map(
            (record) => ({ ...(typedInto(record, typed) as JsonObject), email: `${typed}@example.com` }) as never,
          ),
        );
        const found = await api.find(key, inputData);
        expect(found).toHaveLength(2);
        return textOf(found[0]).split('\n');
      };
      const plain = await linesWith(PLAIN);
      const lines = await linesWith(HOSTILE);
      expect(lines.join()).toContain('Bob');
      expect(lines.join()).not.toMatch(/[^\P{Cc}\n]|[\u2028\u2029]/u);
      expect(lines.map(entriesIn)).toEqual(plain.map(entriesIn));
    },
  );
});
