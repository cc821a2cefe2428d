/**
 * Tests that compare a database with the schema of this version, at the start of a relay and in the command `check`.
 */

import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import pg from 'pg';

import { execute } from '../../harness/postgres-cluster.ts';
import { checkStore } from '../../store/open.ts';
import { applyMigrations, openPostgresStore, postgresMigrations } from '../../store/postgres/postgres-store.ts';
import { schemaDifferences } from '../../store/schema-check.ts';
import { migrate, openSqliteStore, sqliteMigrations } from '../../store/sqlite/open-file.ts';
import { TEST_OPTIONS } from '../support/store-context.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeWithDatabase } from '../support/test-database.ts';

const folder = temporaryFolder();
let count = 0;

/**
 * Returns the first migration of a version with different tables, in which a column, an index and a table are missing.
 */
const otherFirst = (migrations: readonly string[]): string[] =>
  migrations.slice(0, 1).map((text) =>
    text
      .replace(/^ {2}last_refusal_at bigint,\n/m, '')
      .replace(/^CREATE TABLE busy_hours \([^;]*;\n/m, '')
      .replace(/^CREATE INDEX busy_hours_by_hour [^;]*;\n/m, ''),
  );

const FOREIGN =
  /^The tables in .* are not those of this version of the relay: the table busy_hours is missing, the column channels\.last_refusal_at is missing\. The relay has changed nothing\. Start the version that has used the database before, /;

const EXPECTED = [
  'channels.key INTEGER NOT NULL',
  'channels.name TEXT',
  'channels.count bigint NOT NULL DEFAULT 0',
  'links.token TEXT NOT NULL',
  'CREATE INDEX channels_by_name ON channels (name)',
  'CREATE UNIQUE INDEX channels_pkey ON channels USING btree (key)',
  'UNIQUE INDEX ON links (token)',
  'SEQUENCE delivery_seq',
  'channels WITH autovacuum_vacuum_scale_factor=0.05',
];

describe('the comparison of schemas', () => {
  const without = (...lines: string[]) => EXPECTED.filter((line) => !lines.includes(line));
  const TEXTS: [difference: string, lines: string[], found: { fatal?: string[]; others?: string[] }][] = [
    ['none', EXPECTED, {}],
    ['the order of columns', EXPECTED.toReversed(), {}],
    ['a column', without('channels.name TEXT'), { fatal: ['the column channels.name is missing'] }],
    [
      'a table',
      without('links.token TEXT NOT NULL', 'UNIQUE INDEX ON links (token)'),
      { fatal: ['the table links is missing'] },
    ],
    [
      'a type',
      [...without('channels.name TEXT'), 'channels.name bigint'],
      { fatal: ['the column channels.name has "bigint" instead of "TEXT"'] },
    ],
    [
      'a column that may be empty',
      [...without('links.token TEXT NOT NULL'), 'links.token TEXT'],
      { fatal: ['the column links.token has "TEXT" instead of "TEXT NOT NULL"'] },
    ],
    [
      'a unique index of PostgreSQL',
      without('CREATE UNIQUE INDEX channels_pkey ON channels USING btree (key)'),
      { fatal: ['the index channels_pkey is missing'] },
    ],
    [
      'a unique index of SQLite',
      without('UNIQUE INDEX ON links (token)'),
      { fatal: ['the index UNIQUE INDEX ON links (token) is missing'] },
    ],
    ['a sequence', without('SEQUENCE delivery_seq'), { fatal: ['the sequence delivery_seq is missing'] }],
    [
      'an index',
      without('CREATE INDEX channels_by_name ON channels (name)'),
      { others: ['the index channels_by_name is missing'] },
    ],
    [
      'settings',
      [...without('channels WITH autovacuum_vacuum_scale_factor=0.05'), 'channels WITH fillfactor=90'],
      { others: ['the table channels has "fillfactor=90" instead of "autovacuum_vacuum_scale_factor=0.05"'] },
    ],
    [
      'an additional column',
      [...EXPECTED, "channels.note text NOT NULL DEFAULT 'none'", 'channels.remark text'],
      { others: ['the column channels.note is additional', 'the column channels.remark is additional'] },
    ],
    [
      'an additional column that must be filled',
      [...EXPECTED, 'channels.note text NOT NULL'],
      { fatal: ['the column channels.note, which this version does not know, is required'] },
    ],
    [
      'an additional index',
      [...EXPECTED, 'create index mine on channels(count)'],
      { others: ['the index mine is additional'] },
    ],
    [
      'an additional table',
      [...EXPECTED, 'mine.a text NOT NULL', 'mine.b text', 'CREATE INDEX c ON mine (b)', 'mine WITH fillfactor=90'],
      { others: ['the table mine is additional'] },
    ],
    [
      'a table with an unusual name',
      [...EXPECTED, 'my table.my column text'],
      { others: ['my table.my column text is additional'] },
    ],
  ];
  it.each(TEXTS)('finds this difference: %s', (_, lines, found) => {
    expect(schemaDifferences(EXPECTED.join('\n'), lines.join('\n'))).toEqual({ fatal: [], others: [], ...found });
  });
});

describe('a SQLite file', () => {
  const newFile = (migrations: readonly string[], statements = ''): string => {
    const path = join(folder, `${++count}.sqlite`);
    const file = new Database(path);
    migrate(file, migrations);
    file.exec(statements);
    file.close();
    return path;
  };
  const open = (path: string) => openSqliteStore(path, TEST_OPTIONS);
  const contentOf = (path: string) => {
    const file = new Database(path);
    const version = file.pragma('user_version', { simple: true });
    const schema = file.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
    file.close();
    return { version, schema };
  };

  it('with the tables of a different version is refused and not migrated', () => {
    const path = newFile(otherFirst(sqliteMigrations()));
    const before = contentOf(path);
    expect(before.version).toBe(1);
    expect(() => open(path)).toThrow(FOREIGN);
    expect(contentOf(path)).toEqual(before);
  });

  it('with additional parts is used, and the parts are named while the relay runs', async () => {
    const path = newFile(sqliteMigrations(), 'CREATE INDEX mine\n ON sends (ended_at); CREATE TABLE notes (a TEXT)');
    const store = openSqliteStore(path, TEST_OPTIONS);
    const before = hash('sha256', readFileSync(path));
    expect(await checkStore({ databaseUrl: null, sqlitePath: path })).toMatchObject({
      differences: ['the index mine is additional', 'the table notes is additional'],
    });
    expect(hash('sha256', readFileSync(path))).toBe(before);
    await store.close();
  });
});

describeWithDatabase('a PostgreSQL database', (database) => {
  const open = async (url: string) => (await openPostgresStore(url, TEST_OPTIONS)).close();
  const versionOf = async (client: pg.Client) => (await client.query<object>('SELECT version FROM relay_schema')).rows;

  it('with the tables of a different version is refused and not migrated', async () => {
    const url = await database.newSchema();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await applyMigrations(client, otherFirst(postgresMigrations()));
    await expect(open(url)).rejects.toThrow(FOREIGN);
    await expect(checkStore({ databaseUrl: url, sqlitePath: '' })).rejects.toThrow(FOREIGN);
    expect(await versionOf(client)).toEqual([{ version: 1 }]);
    await client.end();
  });

  it('with additional parts is used, and the parts are named', async () => {
    const url = await database.newSchema();
    await open(url);
    await execute(url, 'CREATE INDEX mine ON sends (ended_at); ALTER TABLE sends SET (fillfactor = 90)');
    await open(url);
    expect(await checkStore({ databaseUrl: url, sqlitePath: '' })).toMatchObject({
      differences: [
        expect.stringMatching(/^the table sends has ".*fillfactor=90" instead of "/),
        'the index mine is additional',
      ],
    });
  });
});
