/** The `check` command: each mistake in an installation, and its advice. */

import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { check } from '../../admin/check.ts';
import { freePort } from '../../harness/free-port.ts';
import { CHANNEL, REGISTRATION_SECRET } from '../../harness/sample-delivery.ts';
import { startHttpServer, type HttpServer } from '../../harness/target-server.ts';
import type { Disk } from '../../monitoring/disks.ts';
import type { PauseSummary } from '../../monitoring/pauses.ts';
import type { Place } from '../../monitoring/volume.ts';
import { openFile, openSqliteStore, type SqliteStore } from '../../store/sqlite/open-file.ts';
import { startAdminRelay } from '../support/admin-relay.ts';
import { TEST_OPTIONS } from '../support/store-context.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeWithDatabase } from '../support/test-database.ts';

const HOUR_MS = 3_600_000;
const folder = temporaryFolder();
const store = join(folder, 'store');
const backup = join(store, 'backup-new');
let answer: { readonly body?: unknown; readonly date?: string };
let disk: Pick<Disk, 'freeBytes' | 'bytes'>;
let place: Place;
let pauses: PauseSummary | null;
let server: HttpServer;
let environment: Record<string, string>;

beforeEach(async () => {
  answer = { body: { status: 'ready', proxy: 'trusted' } };
  disk = { freeBytes: 50e9, bytes: 100e9 };
  place = { mount: { point: '/data', type: 'ext4' }, isContainer: true };
  pauses = null;
  server = await startHttpServer((_request, response) => {
    if (answer.date !== undefined) response.setHeader('date', answer.date);
    response.end(JSON.stringify(answer.body));
  });
  mkdirSync(store);
  openFile(join(store, 'relay.sqlite')).close();
  writeFileSync(backup, 'the content');
  environment = {
    RELAY_ORIGIN: server.origin,
    RELAY_PORT: String(await freePort()),
    RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
    RELAY_SQLITE_PATH: join(store, 'relay.sqlite'),
    RELAY_MAX_CHANNEL_MB: '10',
  };
});
afterEach(() => {
  server.close();
  rmSync(store, { recursive: true });
});
/** Returns the lines that `check` prints. */
const checked = (isRunning = false, zapier = server.origin) =>
  check(environment, isRunning, {
    zapier,
    readDisks: () => Promise.resolve([{ use: 'database', folder: store, ...disk }]),
    readPlace: () => place,
    ...(pauses && { pauses }),
  }).then((output) => (typeof output === 'string' ? output : output.text));
async function withStore(change: (opened: SqliteStore) => Promise<unknown>): Promise<void> {
  const opened = openSqliteStore(join(store, 'relay.sqlite'), TEST_OPTIONS);
  await change(opened);
  await opened.close();
}
/** Returns the problems that `check` finds, one per line. */
async function problems(...options: Parameters<typeof checked>): Promise<string> {
  const text = await checked(...options);
  return text.match(/PROBLEM.*$/gm)?.join('\n') ?? '';
}

describe('check', () => {
  it('prints one line for each check of an installation without problems', async () => {
    const text = await checked();
    expect(text.match(/^ok {7}(?=[a-z])/gim)).toHaveLength(12);
    expect(text).not.toContain('PROBLEM');
    expect(text).not.toContain(REGISTRATION_SECRET);
  });

  const set = (name: string, value: string) => (): void => {
    environment[`RELAY_${name}`] = value;
  };
  const respond = (body: unknown, clockErrorMs?: number) => (): void => {
    answer = { body, ...(clockErrorMs && { date: new Date(Date.now() - clockErrorMs).toUTCString() }) };
  };
  const leave = (freeBytes: number, bytes: number) => (): void => {
    disk = { freeBytes, bytes };
  };
  const removeBackup = () => {
    rmSync(backup);
  };
  const emptyBackup = () => {
    writeFileSync(backup, '');
  };
  const ageBackup = () => {
    utimesSync(backup, 0, Date.now() / 1000 - 31 * 3600);
  };
  const READY = { status: 'ready', proxy: 'trusted' };
  it.each<[mistake: string, make: () => void, message: RegExp]>([
    ['a secret that is too short', set('REGISTRATION_SECRET', 'short'), /^PROBLEM {2}settings .* 20/],
    ['a missing secret', set('REGISTRATION_SECRET', ''), /RELAY_REGISTRATION_SECRET is missing/],
    ['a relay that does not run', respond('x'), /relay {8}The relay does not run: nothing listens on 127\.0\.0\.1:/],
    ['a relay that is not ready', respond({ detail: 'The disk is full.' }), /readiness {4}The disk is full\./],
    [
      'a proxy that is not trusted',
      respond({ ...READY, proxy: 'untrusted', proxy_address: '10.1.2.3' }),
      /Set RELAY_TRUST_PROXY to its address, 10\.1\.2\.3,/,
    ],
    ['a missing proxy', respond({ ...READY, proxy: 'none' }), /set the header X-Forwarded-For/],
    [
      'a header without a client address',
      () => {
        set('CLIENT_ADDRESS_HEADER', 'Fly-Client-IP')();
        respond({ ...READY, proxy: 'none' })();
      },
      /in the header fly-client-ip\. Correct RELAY_CLIENT_ADDRESS_HEADER\./,
    ],
    ['a slow clock', respond(READY, -HOUR_MS - 30_000), /The clock is 1 h slow/],
    ['a fast clock', respond(READY, HOUR_MS + 30_000), /The clock is 1 h fast/],
    ['a port in use', () => (environment.RELAY_PORT = new URL(server.origin).port), /cannot be used \(EADDRINUSE\)/],
    ['too little disk space', set('MAX_CHANNEL_MB', '1000000'), /less than RELAY_MAX_CHANNEL_MB/],
    ['a disk with less than 1 GB left', leave(0.9e9, 5e9), /900\.0 MB of 5\.0 GB are free in .*at least 10 % and 1 GB/],
    ['a disk with less than 10 % left', leave(9e9, 100e9), /9\.0 GB of 100\.0 GB are free/],
    [
      'a missing file of channels',
      set('CHANNELS_FILE', '/no/file'),
      /settings .*CHANNELS_FILE cannot be read \(ENOENT\)/,
    ],
    ['a missing folder', set('SQLITE_PATH', '/no/folder/x'), /may not use \/no\/folder \(ENOENT\)/],
    ['a missing backup', removeBackup, /backup {6} There is none\. .*set RELAY_NIGHTLY_BACKUPS to 7\.$/m],
    [
      'a missing backup of a relay that makes one every night',
      () => {
        set('NIGHTLY_BACKUPS', '7')();
        removeBackup();
      },
      /backup {6} There is none\. The relay makes one every night, and its log says why it could not\.$/m,
    ],
    ['an empty backup', emptyBackup, /backup {6} There is none\./],
    [
      'an old backup',
      ageBackup,
      /is 1 d old\. With systemd, "journalctl --unit=tutorcruncher-relay-backup" says why\. Otherwise, set/,
    ],
  ])('says what to do about %s', async (_mistake, make, message) => {
    make();
    const found = await problems();
    expect(found).toMatch(message);
    expect(found).not.toContain('undefined');
    expect(found).not.toContain('\n');
  });

  it.each<[mistake: string, make: () => void, message: RegExp]>([
    ['a name that does not resolve', set('ORIGIN', 'https://x.invalid'), /Create a DNS record/],
    ['a server without TLS', () => (environment.RELAY_ORIGIN = server.origin.replace('http', 'https')), /not respond/],
    ['another server', respond('x'), /does not lead to a relay\. Let the proxy forward to 127\.0\.0\.1:/],
  ])('says what to do about %s, and also if the relay does not run', async (_mistake, make, message) => {
    make();
    const found = await problems(true);
    expect(found).toMatch(message);
    expect(found).not.toContain('\n');
    expect(await problems()).toContain('The relay does not run: nothing listens on');
  });

  it('does not call a folder that cannot be read a folder without backups', async () => {
    environment.RELAY_BACKUP_FOLDER = backup;
    expect((await checked()).match(/^(?:-|PROBLEM) .*$/gm)).toEqual([
      expect.stringMatching(/^PROBLEM {2}disk .*may not use .*backup-new \(ENOTDIR\)/),
      '-        backup       Not checked. Correct the disk first.',
    ]);
  });

  it('calls the consequences of a problem unchecked', async () => {
    respond('x')();
    expect((await checked()).match(/^(?:-|PROBLEM) .*$/gm)).toEqual([
      '-        public name  Not checked. Start the relay first.',
      '-        readiness    Not checked. Start the relay first.',
      '-        proxy        Not checked. Start the relay first.',
      expect.stringMatching(/^PROBLEM {2}relay /),
    ]);
    respond(READY)();
    environment.RELAY_ORIGIN = 'https://x.invalid';
    expect((await checked(true)).match(/^- .*$/gm)).toEqual([
      '-        readiness    Not checked. Correct the public name first.',
      '-        proxy        Not checked. Correct the public name first.',
    ]);
    environment.RELAY_ORIGIN = server.origin;
    respond({ detail: 'The disk is full.' })();
    leave(0, 5e9)();
    expect((await checked()).match(/^(?:-|PROBLEM) .*$/gm)).toEqual([
      '-        readiness    The relay is not ready, because of the problem with its disk or database.',
      '-        proxy        Not checked, because the relay is not ready.',
      expect.stringMatching(/^PROBLEM {2}disk /),
    ]);
  });

  it('says that a proxy has no certificate for the name', async () => {
    // Caddy ends the handshake with this alert: internal_error.
    const alert = Buffer.from([0x15, 3, 3, 0, 2, 2, 80]);
    const proxy = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(alert));
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    environment.RELAY_ORIGIN = `https://localhost:${(proxy.address() as AddressInfo).port}`;
    const found = await problems(true);
    proxy.close();
    expect(found).toMatch(/public name {2}The proxy responds, but has no certificate for https:\/\/localhost/);
    expect(found).toContain('journalctl --unit=caddy');
    expect(found).not.toMatch(/Start the proxy|\n/);
  });

  it('says that the service cannot read the file of channels, although root can', async () => {
    const file = join(store, 'channels');
    writeFileSync(file, `${CHANNEL}\n`, { mode: 0o600 });
    environment.RELAY_CHANNELS_FILE = file;
    expect(await problems()).toBe('');
    environment.COMMAND_NAME = 'tutorcruncher-relay';
    expect(await problems()).toMatch(/^PROBLEM {2}settings .*Run "chmod o\+r .*channels"/);
    expect(await problems(true)).toBe('');
    chmodSync(file, 0o644);
    expect(await problems()).toBe('');
    // Only root can give the folder of the store to another user.
    if (process.getuid?.() === 0) {
      chmodSync(file, 0o600);
      delete environment.COMMAND_NAME;
      chownSync(store, 7, 7);
      expect(await problems()).toMatch(/^PROBLEM {2}settings .*Run "chmod o\+r .*channels"/);
      environment.COMMAND_NAME = 'tutorcruncher-relay';
    }
    environment.RELAY_CHANNELS_FILE = '/home/me/channels';
    expect(await problems()).toMatch(
      /^PROBLEM {2}settings .*systemd hides \/home\/me\/channels .*Move the file to \/etc\.$/,
    );
  });

  it('says that Zapier cannot be reached', async () => {
    const found = await problems(false, `http://127.0.0.1:${await freePort()}`);
    expect(found).toMatch(/^PROBLEM {2}Zapier .*ECONNREFUSED.*so no Zap receives events/);
    expect(found).not.toContain('\n');
  });

  it('names an index that an operator has added', async () => {
    expect(await checked(true)).toMatch(/^ok {7}database {5}The tables are those of this version\.$/m);
    const file = openFile(join(store, 'relay.sqlite'));
    file.exec('CREATE INDEX mine ON sends (ended_at)');
    expect(await checked(true)).toMatch(
      /^ok {7}database {5}The relay works, but the tables differ from those of this version: the index mine is additional\.$/m,
    );
    file.close();
  });

  it.each([false, true])('says to whom the store belongs, with a running relay: %s', async (isRunning) => {
    expect(await checked(isRunning)).toMatch(/^ok {7}origin {7}The store belongs to no origin yet\./m);
    await withStore((opened) => opened.rememberOrigin(server.origin));
    expect(await checked(isRunning)).toContain(`origin       The store belongs to the relay at ${server.origin}.`);
    await withStore((opened) => opened.replaceOrigin('https://old.example.com'));
    expect(await problems(isRunning)).toMatch(
      /^PROBLEM {2}origin {7}The store belongs to the relay at https:\/\/old\.example\.com, but RELAY_ORIGIN is http:.*$/,
    );
  });

  it('says to nobody that the store of an earlier version belongs', async () => {
    const file = openFile(join(store, 'relay.sqlite'));
    file.exec('DROP TABLE relay_origin');
    file.close();
    expect(await checked()).toMatch(/^ok {7}origin {7}The store belongs to no origin yet\./m);
    rmSync(join(store, 'relay.sqlite'));
    expect(await checked()).toMatch(/^ok {7}origin {7}The store belongs to no origin yet\./m);
    writeFileSync(join(store, 'relay.sqlite'), 'something else'.repeat(100));
    expect(await checked()).toMatch(/^- {8}origin {7}Not checked, because the store cannot be read\./m);
  });

  it('says that the SQLite file is not on a volume', async () => {
    place = { mount: { point: '/', type: 'ext4' }, isContainer: true };
    expect(await problems()).toMatch(
      /^PROBLEM {2}volume {7}.*relay\.sqlite is in the container itself, .*Mount a volume/,
    );
    place = { mount: { point: '/', type: 'ext4' }, isContainer: false };
    expect(await checked()).toMatch(/^ok {7}volume {7}The relay does not run in a container\.$/m);
    place = { mount: null, isContainer: true };
    expect(await checked()).toMatch(/^- {8}volume {7}Not checked/m);
  });

  it('says that a running relay has paused', async () => {
    pauses = { count: 0, newest: null };
    expect(await checked(true)).toMatch(/^ok {7}pauses {7}The relay has run without pauses/m);
    const since = Date.now() - 2 * HOUR_MS;
    const moment = new Date(since).toISOString().slice(0, 19);
    pauses = { count: 3, newest: { since, ms: 90_000, isOfMachine: false } };
    const found = await problems(true);
    expect(found).toMatch(/^PROBLEM {2}pauses {7}The relay did not run: .* Let the instance always run/);
    expect(found).toContain(`for 1 min from ${moment}Z (3 pauses since the start).`);
    // The clock of a machine is corrected after its start, and a laptop sleeps.
    pauses = { count: 1, newest: { since, ms: 90_000, isOfMachine: true } };
    expect(await checked(true)).toMatch(
      /^ok {7}pauses {7}The machine was suspended, or its clock was set forward, once, for 1 min from /m,
    );
    pauses = { count: 1, newest: { since, ms: 90_000, isOfMachine: false } };
    expect(await problems(true)).toMatch(/^PROBLEM {2}pauses {7}The relay did not run: /);
    pauses = { count: 2, newest: { since, ms: 90_000, isOfMachine: true } };
    expect(await problems(true)).toMatch(
      /^PROBLEM {2}pauses {7}The machine was suspended, or its clock was set forward/,
    );
    pauses = { count: 1, newest: { since: since - 7 * 24 * HOUR_MS, ms: 90_000, isOfMachine: true } };
    expect(await checked(true)).toMatch(/^ok {7}pauses {7}The relay has run without pauses for a week\.$/m);
  });

  it('says that the file of the store is gone', async () => {
    rmSync(join(store, 'relay.sqlite'));
    expect(await problems(true)).toMatch(
      /^PROBLEM {2}database {5}Can't use .*relay\.sqlite as a database: unable to open/,
    );
  });

  it('does not use the port of a running relay', async () => {
    environment.RELAY_PORT = new URL(server.origin).port;
    expect(await problems(true)).toBe('');
  });

  it('is carried out by a running relay, whose settings count', async () => {
    const relay = await startAdminRelay({
      RELAY_ADMIN_SOCKET: join(folder, 'check.sock'),
      RELAY_SQLITE_PATH: join(folder, 'running.sqlite'),
    });
    // The tests run in this process, which does not have the environment variables of a relay.
    expect(await relay.run('check')).toEqual({ code: 1, output: expect.stringContaining('RELAY_ORIGIN is missing.') });
    await relay.stop();
  });
});

describeWithDatabase('check with PostgreSQL', (database) => {
  it('accepts an empty database and leaves it empty, and reports missing rights and a missing server', async () => {
    const url = await database.newSchema();
    environment.RELAY_DATABASE_URL = url;
    expect(await problems()).toBe('');
    const tables = "SELECT count(*)::int AS count FROM pg_tables WHERE schemaname LIKE 'relay_test_%'";
    expect(await database.query(tables)).toEqual([{ count: 0 }]);

    environment.RELAY_DATABASE_URL = url.replace(/search_path%3D\w+/, 'search_path%3Dpg_catalog');
    expect(await problems()).toMatch(/database .*Can't use the database of RELAY_DATABASE_URL: permission denied/);
    environment.RELAY_DATABASE_URL = `postgres://user:password@127.0.0.1:${await freePort()}/x`;
    expect(await problems()).toMatch(/no connection \(ECONNREFUSED\)/);
  });

  it('reports the age of the last backup, and that pg_dump is missing', async () => {
    environment.RELAY_DATABASE_URL = await database.newSchema();
    expect(await checked()).toMatch(/^ok {7}backup {7}The newest one is \d+ s old\.$/m);
    writeFileSync(backup, 'SQLite format 3\0 and its pages');
    expect(await problems()).toMatch(/^PROBLEM {2}backup {7}There is none\./);
    rmSync(backup);
    expect(await problems()).toMatch(
      /^PROBLEM {2}backup {7}There is none\. .*write one to .*store\/backup-DATE every/m,
    );
    environment.RELAY_BACKUP_FOLDER = 'off';
    expect(await checked()).toMatch(/^ok {7}backup {7}RELAY_BACKUP_FOLDER is "off"/m);
    delete environment.RELAY_BACKUP_FOLDER;
    const path = process.env.PATH;
    process.env.PATH = folder;
    try {
      expect(await problems()).toMatch(
        /^PROBLEM {2}backup {7}pg_dump is missing, .* install the package postgresql-client\.$/,
      );
    } finally {
      process.env.PATH = path;
    }
  });
});
