/**
 * The `restore` command, which runs in the operator's process. The command lists the backups of a SQLite file, or
 * replaces the file with a backup, either now or at the relay's next start.
 */

import { dirname, resolve } from 'node:path';

import { adminSocketFrom, backupFolderFrom, storeLocationFrom } from '../config.ts';
import { nameOf } from '../log.ts';
import {
  backupsOf,
  originOfFile,
  prepareRestore,
  restoreStore,
  type BackupSource,
  type StoreLocation,
} from '../store/open.ts';
import { StoreUnavailable } from '../store/store.ts';
import { STREAM } from './backup.ts';
import type { CommandOutput, CommandValues } from './command-context.ts';
import { ageOf, sizeOf, tableOf } from './formatting.ts';
import { CommandFailed, isServed } from './socket-client.ts';

/** Returns true if a relay serves the admin socket. */
async function isRunning(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const socket = adminSocketFrom(environment);
  return socket !== null && (await isServed(socket));
}

/**
 * Returns advice on how to restore a backup. On a hosting platform, the shell ends when the relay stops, so a running
 * relay restores the backup at its next start. The operator must also stop a relay that fails to start, because systemd
 * restarts the relay repeatedly.
 */
const adviceFor = (backup: string, isRelayRunning: boolean): string =>
  isRelayRunning
    ? `Run "restore ${backup} --at-restart", and restart the relay.`
    : `Stop the relay, run "restore ${backup}", and start the relay.`;

/** Lists the backups of a SQLite file, and marks the backups that this version of the relay can use. */
async function listBackups(environment: NodeJS.ProcessEnv): Promise<CommandOutput> {
  const location = storeLocationFrom(environment);
  const folder = backupFolderFrom(environment) ?? dirname(resolve(location.sqlitePath));
  const backups = await backupsOf(location, folder).catch((error: unknown) => {
    if (error instanceof StoreUnavailable) throw error;
    throw new CommandFailed(
      `${folder} cannot be read (${nameOf(error)}). Run the command as the relay's user or as root.`,
    );
  });
  const data = backups.map(({ path, modifiedAt, bytes, fits }) => ({
    file: path,
    modified_at: new Date(modifiedAt).toISOString(),
    bytes,
    fits,
  }));
  if (backups.length === 0) return { text: `There is no backup in ${folder}.`, data };
  const now = Date.now();
  const rows = backups.map(({ path, modifiedAt, bytes, fits }) => ({
    BACKUP: path,
    AGE: ageOf(modifiedAt, now),
    SIZE: sizeOf(bytes),
    'FITS THIS VERSION': fits ? 'yes' : 'no',
  }));
  const newest = backups.find(({ fits }) => fits);
  const advice = newest
    ? adviceFor(newest.path, await isRunning(environment))
    : 'None of these backups fits this version of the relay. Start the version that made them.';
  return { text: `${tableOf(rows)}\n${advice}`, data };
}

/** Restores a backup now, or prepares it for the next start. Returns the path of the new file and the output. */
async function restoreFrom(location: StoreLocation, backup: BackupSource, name: string, isPrepared: boolean) {
  if (isPrepared) {
    const prepared = await prepareRestore(location, backup);
    const text =
      `The relay restores ${name} when it next starts, and then lacks the events that arrive until then. Restart it now. ` +
      `If you change your mind, delete ${prepared}.`;
    return { path: prepared, text };
  }
  const { store, previous } = await restoreStore(location, backup);
  const moved =
    previous === null ? '' : ` The previous files are now ${previous}*. Delete them when you no longer need them.`;
  return { path: store, text: `Restored ${store} from ${name}. Start the relay.${moved}` };
}

/**
 * Returns a warning if a restored file belongs to a different origin, because the relay would not start; otherwise ''.
 */
async function originAdvice(path: string, { RELAY_ORIGIN: configured = '' }: NodeJS.ProcessEnv): Promise<string> {
  const own = await originOfFile(path);
  if (own === null || !URL.canParse(configured) || new URL(configured).origin === own.origin) return '';
  return ` It belongs to the relay at ${own.origin}. Before the restart, set RELAY_ORIGIN to this origin.`;
}

/**
 * Restores a backup of a SQLite file, and renames the files that the backup replaces. With `--at-restart`, a running
 * relay restores the backup at its next start. Without a file, lists the backups.
 *
 * @throws {CommandFailed | StoreUnavailable} if the restore fails
 */
export async function restore(values: CommandValues, environment: NodeJS.ProcessEnv): Promise<CommandOutput> {
  const { file, 'at-restart': atRestart } = values;
  if (file === undefined) return listBackups(environment);
  const isPrepared = atRestart !== undefined;
  if (!isPrepared && (await isRunning(environment))) {
    throw new CommandFailed('A relay is running. Stop it, and repeat the command, or add --at-restart.');
  }
  const location = storeLocationFrom(environment);
  const isStream = file === STREAM;
  try {
    const [backup, name] = isStream ? [process.stdin, 'the input'] : [file, file];
    const { path, text } = await restoreFrom(location, backup, name, isPrepared);
    return text + (await originAdvice(path, environment));
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    const reason = String(error).replace(/^Error: /, '');
    throw new CommandFailed(`The backup cannot be restored: ${reason}. Correct this, and repeat the command.`);
  }
}
