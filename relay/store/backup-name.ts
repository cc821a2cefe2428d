/**
 * The names of the backups that a relay, or the timer of systemd, makes by itself. Their order is the order of their
 * times.
 */

/** Start of the names of backups that are being written. A relay that stops meanwhile leaves its file. */
export const UNFINISHED = 'unfinished-backup-';

const NAME = /^backup-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(-before-upgrade)?$/;

/** Returns the name of a backup, such as `backup-2026-11-25T03-00-12`, from its time. */
export const backupName = (time: number): string =>
  `backup-${new Date(time).toISOString().slice(0, 19).replaceAll(':', '-')}`;

/**
 * Returns true for a name that {@link backupName} or the timer has given, so that the file may be deleted when it is
 * old.
 */
export const isBackupName = (name: string): boolean => NAME.test(name);
