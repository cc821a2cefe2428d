/**
 * Properties that the records of random events must have.
 *
 * @slow generated events, 1.3 s of CPU
 */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Bundle } from 'zapier-platform-core';

import { bundleOf, deliveryOf, directZ, PRIVATE_KEY, triggerOf } from '../../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../../local/signed-delivery.ts';
import { fieldRule } from '../../../src/record/field-rules.ts';
import { entryText, jsonEntry } from '../../../src/record/joined-texts.ts';
import type { FlatRecord } from '../../../src/record/record.ts';
import { isJsonObject, parseWithLongIntegers } from '../../../wire/json.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { customFields, fields, value } from '../../support/arbitrary-subjects.ts';
import { isFlat } from '../../support/record-forms.ts';

const perform = (key: string, bundle: object): Promise<FlatRecord[]> =>
  triggerOf(key).definition.operation.perform(directZ, bundle as Bundle);
const signed = (delivery: unknown) => bundleOf(requestFromTutorCruncher(delivery, PRIVATE_KEY));

const scalarsIn = (record: FlatRecord): unknown[] =>
  Object.values(record).flatMap((value) =>
    Array.isArray(value) ? value.flatMap((item) => Object.values(item)) : [value],
  );

const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/**
 * Returns true for a list that a record omits: any list in place of a name, and a list in place of a person, unless it
 * contains a record or consists of a single scalar.
 */
const isLeftOut = (field: string, value: unknown): boolean =>
  Array.isArray(value) &&
  (['name', 'first_name', 'last_name'].includes(field) ||
    (fieldRule(field).isPerson && (value.length !== 1 || Array.isArray(value[0])) && !value.some(isJsonObject)));

/**
 * Returns the scalars of a sent value that a record does not contain. A record contains a scalar unchanged, converted
 * to a number, as an entry in a joined text, or in the JSON text of a list or object. Texts without a visible character
 * are ignored.
 */
function lostFrom(record: FlatRecord, sent: unknown): unknown[] {
  const kept = scalarsIn(record);
  const texts = kept.filter((value) => typeof value === 'string');
  // The separators around the two texts ensure that an entry is found only as a whole.
  const hasEntry = (entry: string) => texts.some((text) => `, ${text}, `.includes(`, ${entry}, `));

  const lostIn = (value: unknown): unknown[] => {
    if (value === null || (typeof value === 'string' && entryText(value) === '')) return [];
    if (typeof value !== 'object') {
      const isNumber = typeof value === 'string' && DECIMAL.test(value) && kept.includes(Number(value));
      return kept.includes(value) ||
        isNumber ||
        hasEntry(typeof value === 'string' ? entryText(value) : JSON.stringify(value))
        ? []
        : [value];
    }
    const json = JSON.stringify(value);
    if (hasEntry(jsonEntry(json))) return [];
    if (texts.some((text) => text.includes(json) || text.includes(JSON.stringify(json).slice(1, -1)))) return [];
    return Object.entries(value).flatMap(([field, entry]) => (isLeftOut(field, entry) ? [] : lostIn(entry)));
  };
  return lostIn(sent);
}

describe('lostFrom', () => {
  const record = { text: 'a, b7, ', number: 45, list: [{ name: '', json: '[{"x":[1]}]' }] };

  it.each([['b'], ['7'], [7], [1], [true], ['045'], ['a, b']])('misses %j', (sent) => {
    expect(lostFrom({ ...record, text: 'a; b7' }, sent)).toEqual([sent]);
  });

  it('misses the scalars of a list that the record does not contain', () => {
    expect(lostFrom(record, ['a', { x: [1, 2] }])).toEqual([1, 2]);
  });
});

describe('a signed body', () => {
  it('of any JSON makes only flat records', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 8 }), async (json) => {
        for (const delivery of [json, { events: json }, deliveryOf(json)]) {
          expect((await perform('any_event', signed(delivery))).every(isFlat)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('of any bytes makes no record', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        // Zapier passes a body as text, so arbitrary bytes must first become text.
        const text = Buffer.from(bytes).toString('latin1');
        expect(await perform('any_event', signed(Buffer.from(text)))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('makes flat records that lose no scalar of the subject, except malformed names and people', async () => {
    const subject = fc.record({
      own: fields,
      custom: customFields,
      model: fc.constantFrom('Client', 'Lesson', 'Thing'),
    });
    await fc.assert(
      fc.asyncProperty(subject, fc.option(value), fc.option(value), async ({ own, custom, model }, actor, message) => {
        const event = { action: 'X', actor, extra_msg: message, subject: { ...own, extra_attrs: custom, model } };
        const [record] = await perform('any_event', signed(deliveryOf(event)));
        if (!record) throw new Error('No record was made.');
        expect(isFlat(record)).toBe(true);
        const sent = parseWithLongIntegers(JSON.stringify([own, ...custom.map((field) => field.value)])) as unknown[];
        expect(sent.flatMap((entry) => lostFrom(record, entry))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('an unsigned body', () => {
  it('of any text and signature is refused', async () => {
    const headers = fc.dictionary(fc.constantFrom('Http-Webhook-Signature', 'webhook-signature', 'X'), fc.string());
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: anyCharacter }), headers, async (content, headers) => {
        const bundle = { authData: { private_key: PRIVATE_KEY }, rawRequest: { content, headers } };
        await expect(perform('any_event', bundle)).rejects.toThrow(directZ.errors.HaltedError);
      }),
      { numRuns: 500 },
    );
  });
});
