/** The environment of a relay without backups, disks and a certificate, for tests whose metrics do not show them. */

import { systemClock } from '../clock.ts';
import { createMachine } from '../monitoring/machine.ts';

export const NO_MACHINE = createMachine(
  { databaseUrl: 'postgres://localhost/relay', sqlitePath: '', backupFolder: null, origin: 'http://localhost' },
  systemClock.now,
);
