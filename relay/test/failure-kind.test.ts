import { expect, it } from '@jest/globals';

import { isRefusal, kindOfFailure } from '../failure-kind.ts';

it.each([
  [true, [400, 404, 405, 406, 409, 411, 413, 414, 415, 418, 422, 431, 451, 499]],
  [false, [200, 301, 399, 401, 402, 403, 407, 408, 410, 421, 423, 424, 425, 426, 429, 500, 502, 503]],
])('isRefusal() is %j for the statuses %j', (expected, statuses) => {
  expect(statuses.filter((status) => isRefusal(status) !== expected)).toEqual([]);
});

it.each([
  ['refused', ['HTTP 400', 'HTTP 404']],
  ['error_response', ['HTTP 401', 'HTTP 429', 'HTTP 500']],
  ['timeout', ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT', 'ATTEMPT_TIMEOUT']],
  ['no_connection', ['ECONNREFUSED', 'no connection']],
])('the kind of failure is %s for %j', (kind, reasons) => {
  expect(reasons.filter((reason) => kindOfFailure(reason) !== kind)).toEqual([]);
});
