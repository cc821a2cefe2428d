/** Plays TutorCruncher's API; the network is off otherwise. */

import { afterAll, afterEach, beforeAll } from '@jest/globals';
import nock from 'nock';

import { PRIVATE_KEY } from './helpers.ts';

/** TutorCruncher's API, answering only requests with the connection's key; call it once for each request expected. */
export const tutorCruncherApi = (privateKey = PRIVATE_KEY): nock.Scope =>
  nock('https://app.tutorcruncher.com', { reqheaders: { authorization: `token ${privateKey}` } });

/** Call at the top of a test file: every interceptor must have been used, and no request goes anywhere else. */
export function withoutNetwork(): void {
  beforeAll(() => {
    if (!nock.isActive()) nock.activate();
    nock.disableNetConnect();
  });
  // The next file has a nock of its own, which can't do its work before this one has let go of Node's http.
  afterAll(() => {
    nock.enableNetConnect();
    nock.restore();
  });
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    if (pending.length > 0) throw new Error(`Expected requests never came: ${pending.join(', ')}`);
  });
}
