/**
 * `npm run release:rehearse`: runs Zapier's CLI through the releases that RELEASING.md describes, with stand-ins for
 * Zapier and TutorCruncher. Also runs each uploaded app as Zapier would. Exits with code 1 if the outcome of a command
 * or a run differs from RELEASING.md. Changes neither this project nor the files of the CLI in the home directory.
 */

import { parseArgs } from 'node:util';

import { startTutorCruncher } from '../../local/api/tutorcruncher.ts';
import { startDeveloperApi } from '../../local/developer-api/server.ts';
import { releasePastedUrl } from './pasted-url.ts';
import { expectReachable } from './reachable.ts';
import { startOwnRelay, useRelay, type RelayAccess } from './relay-access.ts';
import { releaseRelayed } from './relayed.ts';
import type { Rehearsal } from './release.ts';
import { PRIVATE_KEY } from './steps.ts';

const USAGE = `Usage: npm run release:rehearse [-- OPTIONS]

  --verbose         print the output of each command
  --relay ORIGIN    release for a relay that is already running, such as https://relay.example.com, with the secret in
                    RELAY_REGISTRATION_SECRET, and skip the release for pasted URLs
  --target ORIGIN   origin at which that relay reaches this machine (default: http://127.0.0.1:4300). The relay needs it in
                    RELAY_TARGET_ORIGINS

RELEASING.md describes the rehearsal.`;

const { values: options } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    relay: { type: 'string' },
    target: { type: 'string', default: 'http://127.0.0.1:4300' },
  },
});

// Exit handlers delete the folders, but do not run when a signal ends the process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(1));
}

/** Runs a rehearsal with its own stand-ins. */
async function rehearse(release: (rehearsal: Rehearsal) => Promise<void>): Promise<void> {
  const api = await startDeveloperApi();
  const tutorCruncher = await startTutorCruncher(PRIVATE_KEY);
  try {
    await release({ api, tutorCruncher, isVerbose: options.verbose });
  } finally {
    await Promise.all([api.stop(), tutorCruncher.stop()]);
  }
}

/** Rehearses a release for a relay. Stops the relay afterwards if the rehearsal started it. */
async function rehearseWith(starting: Promise<RelayAccess>): Promise<void> {
  const relay = await starting;
  try {
    await rehearse((rehearsal) => releaseRelayed(rehearsal, relay));
  } finally {
    await relay.stop();
  }
}

/**
 * Returns access to the relay in the options.
 *
 * @throws {Error} if there is no registration secret, or if this machine does not reach the relay
 */
async function runningRelay(url: string): Promise<RelayAccess> {
  const secret = process.env.RELAY_REGISTRATION_SECRET;
  if (!secret) throw new Error('Set RELAY_REGISTRATION_SECRET to a registration secret of the relay.');
  await expectReachable(url);
  return useRelay(url, options.target, secret);
}

/** Starts the rehearsals that the options select. They run concurrently, because a release mostly waits. */
const rehearsals = (): readonly Promise<void>[] =>
  options.relay === undefined
    ? [rehearse(releasePastedUrl), rehearseWith(startOwnRelay())]
    : [rehearseWith(runningRelay(options.relay))];

if (options.help) {
  console.log(USAGE);
} else {
  const start = performance.now();
  const outcomes = await Promise.allSettled(rehearsals());
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  for (const failure of failures) console.error(failure instanceof Error ? `\n${failure.message}` : failure);
  if (failures.length > 0) process.exit(1);
  console.log(`\nThe rehearsal succeeded in ${Math.round((performance.now() - start) / 1000)} s.`);
}
