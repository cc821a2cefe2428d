/** The parts of a relay's environment that the metrics show: the newest backup, the disks and the certificate. */

import type { Config } from '../config.ts';
import { createCertificateReader } from './certificate.ts';
import { disksOf, type Disk } from './disks.ts';
import { backupAt } from './newest-backup.ts';

/** The settings that locate the database, the backups and the certificate. */
type Location = Pick<Config, 'databaseUrl' | 'sqlitePath' | 'backupFolder' | 'origin'>;

/**
 * Creates the functions that read the values of the metrics.
 *
 * @param now - returns the current time in milliseconds since 1970
 */
export const createMachine = (location: Location, now: () => number) => ({
  host: new URL(location.origin).hostname,
  backupAt: (): Promise<number | null> => backupAt(location),
  disks: (): Promise<Disk[]> => disksOf(location),
  certificateTimeLeft: createCertificateReader(location.origin, now),
});

/** The functions that read the values of the metrics about a relay's environment. */
export type Machine = ReturnType<typeof createMachine>;
