import TestSequencer from '@jest/test-sequencer';

/** The slowest test files. Several of these files are small, so Jest's order by file size would start them last. */
const SLOWEST = [
  'relay/test/http/scenarios/outside-memory',
  'relay/test/store/postgres/earlier-states',
  'relay/test/store/postgres/postgres-store',
  'relay/test/store/sqlite/sqlite-store',
  'test/action/scenarios/traps',
  'test/console/views/app',
  'test/instant/scenarios/sequences',
  'test/local/scenarios/npm-start',
  'test/polled/scenarios/busy-branch',
  'test/polled/scenarios/simulated-day',
  'test/repository/lint',
  'test/scripts/zapier',
];

/** @param {import('@jest/test-result').Test} test */
const isSlow = ({ path }) => SLOWEST.some((name) => path.endsWith(`/${name}.test.ts`));

/**
 * Starts the slowest files first. In a fresh clone, Jest knows no durations and starts the largest files first, so that
 * most workers would be idle while the last file runs for minutes.
 */
export default class SlowFirst extends TestSequencer {
  /** @param {import('@jest/test-result').Test[]} tests */
  sort(tests) {
    return super.sort(tests).sort((one, other) => Number(isSlow(other)) - Number(isSlow(one)));
  }
}
