import process from 'node:process';

/**
 * Jest reporter that ends the summary with the tests that were left out because a program is missing.
 * `whereAvailable()` in `relay/test/support/required-tool.ts` adds a skipped test for each missing program, whose title
 * begins with `LEFT OUT: `.
 */
export default class LeftOutReporter {
  /**
   * @param {unknown} _contexts
   * @param {import('@jest/reporters').AggregatedResult} results
   */
  onRunComplete(_contexts, { testResults }) {
    /** @type {Map<string, number>} */
    const files = new Map();
    for (const { testResults: tests } of testResults) {
      const reasons = tests.filter(({ status }) => status === 'pending').map(({ title }) => title);
      for (const reason of new Set(reasons.filter((title) => title.startsWith('LEFT OUT: ')))) {
        files.set(reason, (files.get(reason) ?? 0) + 1);
      }
    }
    for (const [reason, count] of files) {
      process.stderr.write(`${reason} (${count} ${count === 1 ? 'file' : 'files'})\n`);
    }
  }
}
