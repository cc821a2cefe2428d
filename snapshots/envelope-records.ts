/** The records that an app creates from the envelopes of a snapshot, at the time of the snapshot. */

import { createRunner, type App } from '../local/app-runner.ts';
import { KEY } from '../relay/harness/sample-delivery.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { SNAPSHOT_AT } from './constants.ts';
import type { SentEnvelope } from './snapshot.ts';

/**
 * An origin at which nothing responds. Without a response, records have neither the time zone nor the currency of a
 * branch.
 */
const NO_TUTORCRUNCHER = 'http://127.0.0.1:9';

/**
 * Returns the records that an app creates from envelopes, at the time of the snapshot. @throws {Error} if a run fails
 */
export async function recordsOfEnvelopes(app: App, envelopes: readonly SentEnvelope[]) {
  const runner = createRunner(app, KEY);
  const [realNow, realOrigin] = [Date.now, process.env.TUTORCRUNCHER_URL];
  Date.now = () => SNAPSHOT_AT;
  process.env.TUTORCRUNCHER_URL = NO_TUTORCRUNCHER;
  const records: FlatRecord[][] = [];
  try {
    for (const { trigger, text } of envelopes) {
      const outcome = await runner.perform(trigger, { body: Buffer.from(text), headers: {} }, { time_zone: 'UTC' });
      if ('error' in outcome) throw new Error(`${trigger} fails: ${outcome.error}`);
      records.push(outcome.records);
    }
  } finally {
    Date.now = realNow;
    process.env.TUTORCRUNCHER_URL = realOrigin;
    if (realOrigin === undefined) delete process.env.TUTORCRUNCHER_URL;
  }
  return records;
}
