import { createRequire } from 'node:module';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { requestFromTutorCruncher } from '../local/tutorcruncher.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { isJsonObject } from '../wire/json.ts';
import { bundleOf, deliver, deliveryOf, isFlat, PRIVATE_KEY, triggerOf } from './helpers.ts';

const errors = createRequire(import.meta.url)('zapier-platform-core/src/errors') as ZObject['errors'];

// Core takes 20 ms to prepare the whole app for each run, so most of these call `perform` as core would.
const z = { errors } as unknown as ZObject;
const perform = (key: string, bundle: object): FlatRecord[] =>
  triggerOf(key).definition.operation.perform(z, bundle as Bundle);
const signed = (delivery: unknown) => bundleOf(requestFromTutorCruncher(delivery, PRIVATE_KEY));

/** Names that TutorCruncher sends, so that the rules for them are met. */
const FIELD_NAMES = [
  ...[
    'id',
    'url',
    'status',
    'service',
    'client',
    'contractor',
    'recipient',
    'agent',
    'appointment',
    'creator',
    'labels',
  ],
  ...[
    'rcras',
    'cjas',
    'skills',
    'charges',
    'amount',
    'dft_charge_rate',
    'location',
    'pipeline_stage',
    'paid_recipients',
  ],
  ...['paying_client', 'recipient_name', 'contractor_name', 'qual_level', 'subject', 'display_id', 'task_type', 'a b'],
];

const name = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...FIELD_NAMES) }, fc.string({ maxLength: 8 }));
const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed()),
  fc.constantFrom('45.00', '-0.50', '007', '1e3', 'True', '12345678901234567890'),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: 'medium' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
}));
const fields = fc.dictionary(name, value, { maxKeys: 8 });
const customFields = fc.array(fc.record({ machine_name: fc.oneof(name, fc.constant(null)), value: scalar }), {
  maxLength: 5,
});

function scalarsOf(json: unknown): unknown[] {
  if (Array.isArray(json)) return json.flatMap(scalarsOf);
  return isJsonObject(json) ? Object.values(json).flatMap(scalarsOf) : [json];
}

/** Whether a scalar is somewhere in a record: by itself, as a number, in a joined text, or in JSON text. */
function holds(record: FlatRecord, sent: unknown): boolean {
  const inJson = JSON.stringify(sent).replace(/^"|"$/g, '');
  return scalarsOf(record).some(
    (kept) =>
      kept === sent ||
      (typeof sent === 'string' && typeof kept === 'number' && Number(sent) === kept) ||
      (typeof kept === 'string' &&
        (kept.includes(String(sent)) || kept.includes(inJson) || kept.includes(twice(inJson)))),
  );
}

const twice = (inJson: string): string => JSON.stringify(inJson).slice(1, -1);

describe('whatever is signed', () => {
  it('never throws and never makes a nested record, as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (json) => {
        expect(perform('any_event', signed(json)).every(isFlat)).toBe(true);
        expect(perform('any_event', signed({ events: json })).every(isFlat)).toBe(true);
        expect(perform('any_event', signed(deliveryOf(json))).every(isFlat)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, as bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        // Zapier hands a body over as text, and TutorCruncher's are ASCII.
        const text = Buffer.from(bytes).toString('latin1');
        expect(perform('any_event', signed(Buffer.from(text)))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('loses no scalar of a subject and nests nothing', () => {
    const subject = fc.record({
      own: fields,
      custom: customFields,
      model: fc.constantFrom('Client', 'Lesson', 'Thing'),
    });
    fc.assert(
      fc.property(subject, fc.option(value), fc.option(value), ({ own, custom, model }, actor, message) => {
        const event = { action: 'X', actor, extra_msg: message, subject: { ...own, extra_attrs: custom, model } };
        const [record] = perform('any_event', signed(deliveryOf(event)));
        if (!record) throw new Error('No record was made.');
        expect(isFlat(record)).toBe(true);
        const sent = scalarsOf(own).concat(custom.map((field) => field.value));
        const lost = JSON.parse(JSON.stringify(sent.filter((entry) => entry !== null))) as unknown[];
        expect(lost.filter((entry) => !holds(record, entry))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('goes through zapier-platform-core, which refuses records it would not show', async () => {
    await fc.assert(
      fc.asyncProperty(fields, async (own) => {
        const events = [
          { action: 'X', subject: { ...own, model: 'Client' } },
          { action: 'Y', subject: { ...own, model: 'Tutor' } },
        ];
        await expect(deliver('any_event', deliveryOf(...events))).resolves.toHaveLength(2);
      }),
      { numRuns: 50 },
    );
  });
});

describe('whatever is not signed', () => {
  it('is refused, and nothing else is thrown', () => {
    const headers = fc.dictionary(fc.constantFrom('Http-Webhook-Signature', 'webhook-signature', 'X'), fc.string());
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), headers, (content, headers) => {
        const bundle = { authData: { private_key: PRIVATE_KEY }, rawRequest: { content, headers } };
        expect(() => perform('any_event', bundle)).toThrow(errors.HaltedError);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused however the rest of the bundle looks', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (authData, content, headers) => {
        const bundle = { authData, rawRequest: { content, headers } };
        expect(() => perform('any_event', bundle)).toThrow(errors.HaltedError);
      }),
      { numRuns: 500 },
    );
  });
});
