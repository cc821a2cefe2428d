import { describe, expect, it } from '@jest/globals';

import { CHANNEL, ORIGIN } from '../harness/sample-delivery.ts';
import { channelIn, isUrlPart, newUrlPart, urlWith, webhookUrlOf } from '../webhook-url.ts';

const [CURRENT, OLD, OTHER] = [newUrlPart(), newUrlPart(), newUrlPart()];
const REPLACED = { urlPart: CURRENT, oldUrlPart: OLD, oldUrlUntil: 1_000 };

describe('a webhook URL', () => {
  it('contains the channel and a random part, from which the channel is read', () => {
    const url = webhookUrlOf(ORIGIN, CHANNEL, { urlPart: CURRENT });
    expect(url).toBe(`${ORIGIN}/hooks/${CHANNEL}/${CURRENT}`);
    expect([url, `${url}/`, `${CHANNEL}/${CURRENT}?x`, CHANNEL].map(channelIn)).toEqual(Array(4).fill(CHANNEL));
    expect(isUrlPart(CURRENT)).toBe(true);
    expect([CURRENT.slice(1), CURRENT.toUpperCase(), `${CURRENT}0`].some(isUrlPart)).toBe(false);
  });

  it.each([
    ['the current random part', CURRENT, 1_000, 'current'],
    ['the replaced random part, before its end', OLD, 999, 'old'],
    ['the replaced random part, at its end', OLD, 1_000, null],
    ['another random part', OTHER, 999, null],
  ])('with %s has the expected result', (_which, part, now, result) => {
    expect(urlWith(part, REPLACED, now)).toBe(result);
  });

  it('that was never replaced has no other random part', () => {
    expect(urlWith(OLD, { urlPart: CURRENT, oldUrlPart: null, oldUrlUntil: null }, 0)).toBeNull();
    expect(urlWith(OLD, { urlPart: CURRENT, oldUrlPart: OLD, oldUrlUntil: null }, 0)).toBeNull();
  });
});
