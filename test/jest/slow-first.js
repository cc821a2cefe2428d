import TestSequencer from '@jest/test-sequencer';

/** Files that take longest, although several of them are small. */
const SLOW =
  /\/(?:repository\/(?:lint|release)|console\/page|local\/main|local\/tour\/tour|polled\/(?:busy-branch|simulated-day)|action\/traps|instant\/sequences|store\/(?:sqlite\/sqlite-store|postgres\/(?:postgres-store|earlier-states))|http\/outside-memory)\.test\.ts$/;

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
