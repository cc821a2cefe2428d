/** A temporary folder that does not outlive the process. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CommandError, messageOf } from './command-error.ts';

/**
 * Creates a temporary folder, which is removed on exit. A signal must therefore not end the process directly.
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
