/**
 * `npm run release:rehearse [-- --verbose]`: runs Zapier's CLI through the releases that RELEASING.md describes, with
 * stand-ins for Zapier and TutorCruncher. Runs each uploaded app as Zapier does. Exits with code 1 if the outcome of a
 * command or a run differs from RELEASING.md. Changes neither this project nor the files of the CLI in the home directory.
 */

import { parseArgs } from 'node:util';

import { startTutorCruncher } from '../../local/api/tutorcruncher.ts';
import { startDeveloperApi } from '../../local/developer-api/server.ts';
import { releasePastedUrl } from './pasted-url.ts';
import { releaseRelayed } from './relayed.ts';
import type { Rehearsal } from './release.ts';
import { PRIVATE_KEY } from './steps.ts';

const { values: options } = parseArgs({ options: { verbose: { type: 'boolean', default: false } } });

// Folders are deleted by handlers of the process's exit, which do not run when a signal ends the process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(1));
}

/** Runs a rehearsal with stand-ins of its own. */
async function rehearse(release: (rehearsal: Rehearsal) => Promise<void>): Promise<void> {
  const api = await startDeveloperApi();
  const tutorCruncher = await startTutorCruncher(PRIVATE_KEY);
  try {
    await release({ api, tutorCruncher, isVerbose: options.verbose });
  } finally {
    await Promise.all([api.stop(), tutorCruncher.stop()]);
  }
}

const start = performance.now();
// The commands of a release wait for each other, so two releases take little longer than one.
const outcomes = await Promise.allSettled([rehearse(releasePastedUrl), rehearse(releaseRelayed)]);
const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
for (const failure of failures) console.error(failure instanceof Error ? `\n${failure.message}` : failure);
if (failures.length > 0) process.exit(1);
console.log(`\nBoth releases succeeded, in ${Math.round((performance.now() - start) / 1000)} s.`);
