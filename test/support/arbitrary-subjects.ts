/**
 * Generated subjects for property-based tests. The names and values of their fields are either TutorCruncher's or
 * hostile.
 */

import fc from 'fast-check';

import { anyCharacter } from './any-character.ts';

/** Names of fields that TutorCruncher uses. The app has rules for these fields. */
const FIELD_NAMES = [
  ...['id', 'url', 'status', 'service', 'client', 'contractor', 'recipient', 'agent', 'appointment', 'creator'],
  ...['labels', 'rcras', 'cjas', 'skills', 'charges', 'amount', 'dft_charge_rate', 'location', 'pipeline_stage'],
  ...['paid_recipients', 'paying_client', 'recipient_name', 'contractor_name', 'qual_level', 'subject', 'display_id'],
  ...['task_type', 'a b'],
];

const name = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...FIELD_NAMES) }, fc.string({ maxLength: 8 }));
const scalar = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 12 }).map((text) => text.toWellFormed()),
  fc.constantFrom('45.00', '-0.50', '007', '1e3', 'True', '12345678901234567890'),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
export const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: 'medium' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
}));
/** Generated fields of a subject. */
export const fields = fc.dictionary(name, value, { maxKeys: 8 });
/** Custom fields in the format of webhooks. */
export const customFields = fc.array(fc.record({ machine_name: fc.oneof(name, fc.constant(null)), value: scalar }), {
  maxLength: 5,
});
