/**
 * A machine without backups, disks and a certificate, for relays whose tests do not check the metrics of the machine.
 */

import { systemClock } from '../clock.ts';
import { createMachine } from '../monitoring/machine.ts';

export const NO_MACHINE = createMachine(
  { databaseUrl: 'postgres://localhost/relay', sqlitePath: '', backupFolder: null, origin: 'http://localhost' },
  systemClock.now,
);
