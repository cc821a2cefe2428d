/**
 * Keeps V8's coverage enabled in a worker from its first test file on. Jest enables and disables it for each file,
 * which makes V8 discard compiled code, and takes half a second of CPU per file.
 */

import { Session } from 'node:inspector/promises';

import { CoverageInstrumenter } from 'collect-v8-coverage';

/**
 * The session that collects coverage in this process; null before the first test file.
 *
 * @type {Session | null}
 */
let session = null;

/** Starts the coverage of a test file. */
CoverageInstrumenter.prototype.startInstrumenting = async () => {
  if (session) return;
  session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
};

/** Returns the coverage of a test file. V8 counts from zero again afterwards. */
CoverageInstrumenter.prototype.stopInstrumenting = async () => {
  if (!session) throw new Error('Coverage has not been started.');
  const { result } = await session.post('Profiler.takePreciseCoverage');
  return result;
};
