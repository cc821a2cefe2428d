/** An installation of a relay without problems, for the command `check`. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach } from '@jest/globals';

import { check } from '../../admin/check.ts';
import type { FileSystem } from '../../file-system.ts';
import { freePort } from '../../harness/free-port.ts';
import { REGISTRATION_SECRET } from '../../harness/sample-delivery.ts';
import { startHttpServer, type HttpServer } from '../../harness/target-server.ts';
import type { Disk } from '../../monitoring/disks.ts';
import type { PauseSummary } from '../../monitoring/pauses.ts';
import type { Place } from '../../monitoring/volume.ts';
import { openFile } from '../../store/sqlite/open-file.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Sets up each test of a file. A test causes problems by changing the fields. */
export class CheckedInstallation {
  readonly folder = temporaryFolder();
  /** The folder of the store and of its backup. */
  readonly store = join(this.folder, 'store');
  readonly sqlitePath = join(this.store, 'relay.sqlite');
  readonly backup = join(this.store, 'backup-new');
  /** The response of the server that stands in for the relay behind its proxy, and for Zapier. */
  answer!: { readonly body?: unknown; readonly date?: string };
  server!: HttpServer;
  disk!: Pick<Disk, 'freeBytes' | 'bytes'>;
  place!: Place;
  fileSystem!: FileSystem | null;
  pauses!: PauseSummary | null;
  environment!: Record<string, string>;

  constructor() {
    beforeEach(async () => {
      this.answer = { body: { status: 'ready', proxy: 'trusted' } };
      this.disk = { freeBytes: 50e9, bytes: 100e9 };
      this.place = { mount: { point: '/data', type: 'ext4' }, isContainer: true };
      this.fileSystem = null;
      this.pauses = null;
      this.server = await startHttpServer((_request, response) => {
        if (this.answer.date !== undefined) response.setHeader('date', this.answer.date);
        response.end(JSON.stringify(this.answer.body));
      });
      mkdirSync(this.store);
      openFile(this.sqlitePath).close();
      writeFileSync(this.backup, 'the content');
      this.environment = {
        RELAY_ORIGIN: this.server.origin,
        RELAY_PORT: String(await freePort()),
        RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
        RELAY_SQLITE_PATH: this.sqlitePath,
        RELAY_MAX_CHANNEL_MB: '10',
      };
    });
    afterEach(() => {
      this.server.close();
      rmSync(this.store, { recursive: true });
    });
  }

  /** Returns the lines that `check` prints. */
  async checked(isRunning = false, zapier = this.server.origin): Promise<string> {
    const output = await check(this.environment, isRunning, {
      zapier,
      readDisks: () => Promise.resolve([{ use: 'database', folder: this.store, ...this.disk }]),
      readPlace: () => this.place,
      readFileSystem: () => this.fileSystem,
      ...(this.pauses && { pauses: this.pauses }),
    });
    return typeof output === 'string' ? output : output.text;
  }

  /** Returns the problems that `check` finds, one per line. */
  async problems(isRunning?: boolean, zapier?: string): Promise<string> {
    const text = await this.checked(isRunning, zapier);
    return text.match(/PROBLEM.*$/gm)?.join('\n') ?? '';
  }
}
