/** Reading and checking the fields of an envelope. */

import { describe, expect, it } from '@jest/globals';

import { MAX_BURST_DELIVERIES, readEnvelope, SealingRejection } from '../../../wire/sealing/format.ts';
import {
  ENVELOPE,
  ENVELOPE_WITH_PREVIOUS,
  METADATA,
  PREVIOUS_METADATA,
  SEALED_PLAIN,
  SEALED_PREVIOUS,
  WRAPPED_KEY,
} from './vectors.ts';

describe('an envelope', () => {
  const [metadata, earlier] = [METADATA, PREVIOUS_METADATA];

  it('is read with its previous delivery', () => {
    const previous = { metadata: earlier, wrappedKey: WRAPPED_KEY, sealed: SEALED_PREVIOUS };
    const delivery = { metadata, wrappedKey: WRAPPED_KEY, sealed: SEALED_PLAIN };
    expect(readEnvelope(ENVELOPE_WITH_PREVIOUS)).toEqual({ ...delivery, previous, burst: [], isRepeat: false });
    expect(readEnvelope(ENVELOPE)).toEqual({ ...delivery, previous: null, burst: [], isRepeat: false });
  });

  it('is read with at most eight well-formed deliveries of its burst', () => {
    const { previous } = ENVELOPE_WITH_PREVIOUS;
    const burst = Array.from({ length: 12 }, (_, index) => (index === 3 ? 'text' : previous));
    expect(readEnvelope({ ...ENVELOPE, burst }).burst).toEqual(
      Array(MAX_BURST_DELIVERIES - 1).fill({ metadata: earlier, wrappedKey: WRAPPED_KEY, sealed: SEALED_PREVIOUS }),
    );
    for (const other of [null, 7, {}, previous]) expect(readEnvelope({ ...ENVELOPE, burst: other }).burst).toEqual([]);
  });

  it('is read with additional keys, which later versions may add', () => {
    const { previous } = ENVELOPE_WITH_PREVIOUS;
    const extended = { ...ENVELOPE, later: {}, previous: { ...previous, later: {}, previous: ENVELOPE } };
    expect(readEnvelope(extended)).toEqual(readEnvelope(ENVELOPE_WITH_PREVIOUS));
  });

  const malformed: [unknown][] = [
    [null],
    ['text'],
    [[]],
    [{}],
    ...Object.keys(ENVELOPE).flatMap((key) =>
      [undefined, 1.5, true, [1], {}].map((value): [unknown] => [{ ...ENVELOPE, [key]: value }]),
    ),
    [{ ...ENVELOPE, format: 'tutorcruncher-sealed/2' }],
    [{ ...ENVELOPE, delivery_id: '7' }],
    [{ ...ENVELOPE, key_id: METADATA.id.toUpperCase() }],
    [{ ...ENVELOPE, received_at: '2026-06-10T12:00:00Z' }],
    [{ ...ENVELOPE, actions: 'CREATED_A_CLIENT' }],
  ];
  it.each(malformed)('is malformed if it is %j, and read without such a previous delivery', (value) => {
    expect(() => readEnvelope(value)).toThrow(new SealingRejection('malformed'));
    expect(readEnvelope({ ...ENVELOPE, previous: value })).toEqual(readEnvelope(ENVELOPE));
  });
});
