/** The comments in the migrations, which describe the tables. */

import { expect, it } from '@jest/globals';

import { readMigrations } from '../store/migrations.ts';

/** Returns the tables of the migrations, each with the lines of comment directly before it. */
const tables = readMigrations().flatMap((text) =>
  [...text.matchAll(/((?:^--.*\n)*)^CREATE TABLE (\w+)/gm)].map(([, comment = '', name = '']) => ({ name, comment })),
);

it('there are tables', () => {
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['channels', 'deliveries', 'sends']));
});

it.each(tables)('the table $name says what a row means, who writes it, and when it is deleted', ({ comment }) => {
  expect(comment).toMatch(/^-- (An?|The) .*\n(-- .*\n)*-- Written by: .*\n(-- .*\n)*-- Deleted: /);
});
