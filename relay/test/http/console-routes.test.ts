/** The console's overview of a channel. */

import { afterAll, beforeEach, expect, it } from '@jest/globals';

import { CHANNEL } from '../../harness/sample-delivery.ts';
import { startTestServer } from '../support/test-server.ts';

const bed = await startTestServer();
beforeEach(() => bed.renew());
afterAll(() => bed.close());

it.each([
  ['all', [false, false]],
  ['some', [false, true]],
  [null, [true, true]],
])(
  'the overview says that %s of the newest webhooks have the signature of a different key: valid are %j',
  async (word, valid) => {
    const verdicts = valid.map((is_valid) => ({ delivery_id: 'x', received_at: Date.now(), is_valid }));
    await bed.store.noteVerdicts(CHANNEL, verdicts, false, Date.now());
    expect((await bed.overview()).foreign_signature).toBe(word);
  },
);
