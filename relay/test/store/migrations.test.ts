/**
 * Tests of the comments in the migrations. These comments describe the tables, and declare which migrations allow a way
 * back.
 */

import { describe, expect, it } from '@jest/globals';

import { missingMigrations, readMigrations, requiredVersion } from '../../store/migrations.ts';

/** The tables of the migrations, each with the comment lines directly before the table. */
const tables = readMigrations().flatMap((text) =>
  [...text.matchAll(/((?:^--.*\n)*)^CREATE TABLE (\w+)/gm)].map(([, comment = '', name = '']) => ({ name, comment })),
);

it('there are tables', () => {
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['channels', 'deliveries', 'sends']));
});

it.each(tables)('the table $name says what a row means, who writes it, and when it is deleted', ({ comment }) => {
  expect(comment).toMatch(/^-- (An?|The) .*\n(-- .*\n)*-- Written by: .*\n(-- .*\n)*-- Deleted: /);
});

describe('a way back', () => {
  const [ALLOWED, OTHER] = ['-- Relays without this migration may use the database.\nA;', 'A;'];

  it.each([
    ['no migration', [], 0],
    ['a migration that does not allow a way back', [OTHER], 1],
    ['migrations that allow a way back, after others', [OTHER, OTHER, ALLOWED, ALLOWED], 2],
    ['a later migration that does not allow a way back', [OTHER, ALLOWED, OTHER], 3],
    ['a declaration within another comment', [OTHER, `-- Not true: ${ALLOWED}`], 2],
    ['a declaration with an addition', [OTHER, ALLOWED.replace('database.', 'database. Mostly.')], 2],
  ])('%s', (_name, migrations, required) => {
    expect(requiredVersion(migrations)).toBe(required);
  });

  it('lets a relay start if it has the last required migration, and applies nothing', () => {
    expect(missingMigrations(['A', 'B'], 4, 2)).toEqual([]);
    expect(() => missingMigrations(['A', 'B'], 4, 3)).toThrow(/written by a newer version/);
    expect(() => missingMigrations(['A', 'B'], 4)).toThrow(/written by a newer version/);
  });

  it('returns the migrations that the database lacks', () => {
    expect(missingMigrations(['A', 'B', 'C'], 1, 1)).toEqual(['B', 'C']);
  });
});
