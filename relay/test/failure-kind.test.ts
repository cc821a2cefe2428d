import { describe, expect, it } from '@jest/globals';

import { kindOfFailure } from '../delivery/refusal.ts';

describe('kindOfFailure', () => {
  it.each([
    ['HTTP 400', 'refused'],
    ['HTTP 404', 'refused'],
    ['HTTP 401', 'error_response'],
    ['HTTP 429', 'error_response'],
    ['HTTP 500', 'error_response'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['ETIMEDOUT', 'timeout'],
    ['ATTEMPT_TIMEOUT', 'timeout'],
    ['ECONNREFUSED', 'no_connection'],
    ['no connection', 'no_connection'],
  ])('returns the kind of %s: %s', (reason, kind) => {
    expect(kindOfFailure(reason)).toBe(kind);
  });
});
