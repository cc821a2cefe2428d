import TestSequencer from '@jest/test-sequencer';

/** Files that take longest, although several of them are small. */
const SLOW =
  /\/(?:lint|page|release|postgres|postgres-earlier-states|sqlite|outside-memory|busy-branch|simulated-day|traps|sequences|npm-start)\.test\.ts$/;

/**
 * Starts the slowest files first. In a fresh clone, Jest knows no durations and starts the largest files first, so that
 * most workers would be idle while the last file runs for minutes.
 */
export default class SlowFirst extends TestSequencer {
  /** @param {import('@jest/test-result').Test[]} tests */
  sort(tests) {
    return super.sort(tests).sort((one, other) => Number(SLOW.test(other.path)) - Number(SLOW.test(one.path)));
  }
}
