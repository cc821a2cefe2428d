/** A temporary folder that does not outlive the process. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CommandError, messageOf } from './command-error.ts';

/**
 * Creates an empty temporary folder and removes it when the process exits. A process that is ended by a signal runs no
 * exit handlers, so the caller must exit on signals (see `stop-signal.ts`).
 *
 * @throws {CommandError} if the folder cannot be created
 */
export function createTemporaryFolder(): string {
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-zapier-'));
  } catch (error) {
    throw new CommandError(
      `Could not create a temporary folder in ${tmpdir()}: ${messageOf(error)}. Set TMPDIR to a folder that is writable.`,
    );
  }
  process.on('exit', () => {
    try {
      // The relay's database thread is still running. Retry if it creates a file during the removal.
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
    } catch (error) {
      console.error(`Could not remove ${folder}: ${messageOf(error)}. Remove the folder by hand.`);
    }
  });
  return folder;
}
