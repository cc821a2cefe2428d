/**
 * Names of the backups that a relay or the systemd timer makes, on schedule or before an upgrade. Sorting the backups
 * by name also sorts them by time.
 */

/** Prefix for the name of an unfinished backup. A relay that stops during a backup leaves a file with this prefix. */
export const UNFINISHED = 'unfinished-backup-';

const NAME = /^backup-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(-before-upgrade)?$/;

/** Returns the name of a backup, such as `backup-2026-11-25T03-00-12`, from its time. */
export const backupName = (time: number): string =>
  `backup-${new Date(time).toISOString().slice(0, 19).replaceAll(':', '-')}`;

/**
 * Returns true for a name in the format of {@link backupName}, which the timer uses as well. Old files with such names
 * can be deleted.
 */
export const isBackupName = (name: string): boolean => NAME.test(name);
