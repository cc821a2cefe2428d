/** Plays TutorCruncher's API; the network is off otherwise. */

import { afterEach, beforeAll } from '@jest/globals';
import nock from 'nock';

import { PRIVATE_KEY } from './helpers.ts';

/** TutorCruncher's API, answering only requests with the connection's key; call it once for each request expected. */
export const tutorCruncherApi = (): nock.Scope =>
  nock('https://app.tutorcruncher.com', { reqheaders: { authorization: `token ${PRIVATE_KEY}` } });

/** Call at the top of a test file: every interceptor must have been used, and no request goes anywhere else. */
export function withoutNetwork(): void {
  beforeAll(() => {
    nock.disableNetConnect();
  });
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    if (pending.length > 0) throw new Error(`Expected requests never came: ${pending.join(', ')}`);
  });
}
