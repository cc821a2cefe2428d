/** The result of an attempt, which follows from the status and the `Retry-After` header of the response. */

import { describe, expect, it } from '@jest/globals';

import { parseRetryAfter, resultOf } from '../../delivery/attempt-result.ts';
import { HOUR } from '../../harness/durations.ts';

it.each([
  [199, { type: 'failed', reason: 'HTTP 199', retryAfterMs: null }],
  [200, { type: 'delivered' }],
  [299, { type: 'delivered' }],
  [300, { type: 'failed', reason: 'HTTP 300', retryAfterMs: null }],
  [410, { type: 'gone' }],
  [422, { type: 'refused', reason: 'HTTP 422' }],
  [302, { type: 'failed', reason: 'HTTP 302', retryAfterMs: null }],
  [429, { type: 'failed', reason: 'HTTP 429', retryAfterMs: 7 }],
  [500, { type: 'failed', reason: 'HTTP 500', retryAfterMs: null }],
  [503, { type: 'failed', reason: 'HTTP 503', retryAfterMs: 7 }],
])('the result of the status %d with a Retry-After header is %j', (status, result) => {
  expect(resultOf(status, 7)).toEqual(result);
});

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-06-10T12:00:00Z');
  it.each([
    ['120', 120_000],
    [' 120 ', 120_000],
    ['Wed, 10 Jun 2026 12:01:00 GMT', 60_000],
    ['Wednesday, 10-Jun-26 12:01:00 GMT', 60_000],
    ['3601', HOUR],
    ['9'.repeat(400), HOUR],
    ['Fri, 31 Dec 9999 23:59:59 GMT', HOUR],
    ['0', null],
    ['-5', null],
    ['1.5', null],
    ['0.001', null],
    ['1e3', null],
    ['Wed, 10 Jun 2026 11:00:00 GMT', null],
    ['Wed, 10 Jun 2026 12:00:00 GMT', null],
    ['2030-01-01', null],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('parses %j as %j', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
