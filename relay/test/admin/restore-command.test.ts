/** The `restore` command: its list of backups, its refusals, and its advice about the next step. */

import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { HOUR, SECOND } from '../../harness/durations.ts';
import { openSqliteStore, type SqliteStore } from '../../store/sqlite/open-file.ts';
import { runIn } from '../support/admin-relay.ts';
import { listenAt } from '../support/stand-in-relay.ts';
import { TEST_OPTIONS } from '../support/store-context.ts';

const ORIGIN = 'https://relay.example.com';
let folder: string;
let path: string;
let backup: string;
let store: SqliteStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restore-'));
  path = join(folder, 'relay.sqlite');
  backup = join(folder, 'backup');
  store = openSqliteStore(path, TEST_OPTIONS);
  await store.rememberOrigin(ORIGIN);
  await store.backup(backup);
});
afterEach(async () => {
  if (store.database.open) await store.close();
  rmSync(folder, { recursive: true });
});

const restore = (environment: NodeJS.ProcessEnv, ...args: readonly string[]) =>
  runIn({ RELAY_SQLITE_PATH: path, ...environment }, 'restore', ...args);

const failure = (message: string | RegExp) => ({ code: 1, output: expect.stringMatching(message) });

/** Marks a backup as a backup of a newer version of the relay. */
function outdate(file: string): void {
  const database = new Database(file);
  database.pragma('user_version = 99');
  database.close();
}

describe('a restore', () => {
  it('is offered for the newest backup that this version can use, even while the relay runs', async () => {
    const [older, newer] = [join(folder, 'backup-1'), join(folder, 'backup-2')];
    await store.backup(older);
    await store.backup(newer);
    utimesSync(older, 0, (Date.now() - 2 * HOUR) / SECOND);
    writeFileSync(join(folder, 'backup-3'), '');
    const advice = (file: string) => `Stop the relay, run "restore ${file}", and start the relay.`;
    expect((await restore({})).output).toContain(advice(newer));
    const RELAY_ADMIN_SOCKET = join(folder, 'socket');
    const close = await listenAt(RELAY_ADMIN_SOCKET, (response) => response.end());
    expect((await restore({ RELAY_ADMIN_SOCKET })).output).toContain(
      `\nRun "restore ${newer} --at-restart", and restart the relay.`,
    );
    await close();

    outdate(newer);
    const { code, output } = await restore({});
    const [header, ...lines] = output.split('\n');
    expect(code).toBe(0);
    expect(header).toMatch(/^BACKUP +AGE +SIZE +FITS THIS VERSION$/);
    expect(lines.map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      expect.stringMatching(/backup-[23] \| \d s \| .* \| no$/),
      expect.stringMatching(/backup-[23] \| \d s \| .* \| no$/),
      expect.stringMatching(/backup-1 \| 2 h \| [\d.]+ kB \| yes$/),
      advice(older),
    ]);
    expect(JSON.parse((await restore({}, '--json')).output)).toContainEqual(
      expect.objectContaining({ file: older, fits: true }),
    );
    outdate(older);
    expect((await restore({})).output).toMatch(
      /None of these backups fits this version of the relay\. Start the version that made them\.$/,
    );
  });

  it('lists no PostgreSQL backups, and reports a folder that is empty or missing', async () => {
    expect(await restore({ RELAY_DATABASE_URL: 'postgres://localhost/relay' })).toEqual(
      failure(/^"restore" replaces a SQLite file, .* with pg_restore/),
    );
    const elsewhere = (name: string) => restore({ RELAY_BACKUP_FOLDER: join(folder, name) });
    mkdirSync(join(folder, 'empty'));
    expect(await elsewhere('empty')).toEqual({ code: 0, output: `There is no backup in ${join(folder, 'empty')}.` });
    expect(await elsewhere('none')).toEqual(failure(/none cannot be read \(ENOENT\)\. Run the command as /));
  });

  it('refuses a PostgreSQL database, and reports that a file cannot be written', async () => {
    await store.close();
    const restoreTo = (environment: NodeJS.ProcessEnv) => restore(environment, backup);
    expect(await restoreTo({ RELAY_DATABASE_URL: 'postgres://localhost/relay' })).toEqual(
      failure(/^"restore" replaces a SQLite file, .* with pg_restore/),
    );
    expect(await restoreTo({ RELAY_DATABASE_URL: 'x' })).toEqual(failure(/^RELAY_DATABASE_URL is not a /));
    expect(await restoreTo({ RELAY_SQLITE_PATH: join(folder, 'none', 'x') })).toEqual(
      failure(/^The backup cannot be restored: ENOENT.* Correct this, and repeat the command\.$/),
    );
  });

  it('names the files that it has replaced', async () => {
    await store.close();
    expect(await restore({}, backup)).toEqual({
      code: 0,
      output: expect.stringMatching(
        /^Restored .*relay\.sqlite from .*backup\. Start the relay\. The previous files are now .*relay\.sqlite\.\S+\*\. Delete /,
      ),
    });
    rmSync(path);
    expect(await restore({}, backup)).toEqual({ code: 0, output: `Restored ${path} from ${backup}. Start the relay.` });
  });

  it('waits for the next start of a running relay, and is refused without --at-restart', async () => {
    const environment = { RELAY_ADMIN_SOCKET: join(folder, 'socket') };
    const close = await listenAt(environment.RELAY_ADMIN_SOCKET, (response) => response.end());
    await store.close();
    expect(await restore(environment, backup)).toEqual(
      failure(/^A relay is running\. Stop it, and repeat the command, or add --at-restart\.$/),
    );
    expect(existsSync(`${path}.restore`)).toBe(false);
    expect(await restore(environment, backup, '--at-restart')).toEqual({
      code: 0,
      output:
        `The relay restores ${backup} when it next starts, and then lacks the events that arrive until then. Restart it ` +
        `now. If you change your mind, delete ${path}.restore.`,
    });
    expect(existsSync(`${path}.restore`)).toBe(true);
    await close();
  });
});

it('a backup of a different origin is prepared, and the output names the origin that the relay needs to start', async () => {
  const prepare = (RELAY_ORIGIN: string) => restore({ RELAY_ORIGIN }, backup, '--at-restart');
  expect(await prepare('https://x.test')).toEqual({
    code: 0,
    output: expect.stringContaining(
      `It belongs to the relay at ${ORIGIN}. Before the restart, set RELAY_ORIGIN to this origin.`,
    ),
  });
  for (const same of [ORIGIN, `${ORIGIN}/`]) expect((await prepare(same)).output).not.toContain('belongs to');
});
