/**
 * Compares a database with the schema of this version. The number of applied migrations does not prove that the
 * database has the tables of this version, because versions before 1.0.0 changed their migrations, and because
 * operators can change tables.
 */

import { readFileSync } from 'node:fs';

import { SCHEMAS } from '../paths.ts';
import type { OwnOrigin } from './channels/origin.ts';
import { StoreUnavailable } from './store.ts';

/** The findings about a store that a relay can use. */
export interface CheckedStore {
  /** Differences from the schema of this version that do not affect the relay. */
  readonly differences: readonly string[];
  readonly own: OwnOrigin | null;
}

/** Maximum number of differences that a message names. */
const MAX_NAMED = 3;

/** A part of a schema, which is one line of the schema's text. */
interface Part {
  /** The name of the part in messages. */
  readonly name: string;
  readonly definition: string;
  /** The table that the part belongs to; undefined for a sequence. */
  readonly table?: string | undefined;
  readonly isColumn?: boolean;
  /** True if statements fail when the part is missing or has a different definition. */
  readonly isEssential: boolean;
}

function partOf(line: string): Part {
  const [, table = '', column, type = ''] = /^(\w+)\.(\w+) (.*)$/.exec(line) ?? [];
  if (column !== undefined) {
    return { name: `the column ${table}.${column}`, definition: type, table, isColumn: true, isEssential: true };
  }
  const [, unique, index, indexed] = /^(?:CREATE )?(UNIQUE )?INDEX (?:(\S+) )?ON (\w+)/i.exec(line) ?? [];
  // ON CONFLICT fails without its unique index. SQLite does not name the indexes of primary keys.
  const isEssential = unique !== undefined;
  if (indexed !== undefined) {
    return { name: `the index ${index ?? line}`, definition: line, table: indexed, isEssential };
  }
  const [, owner, settings = ''] = /^(\w+) WITH (.*)$/.exec(line) ?? [];
  if (owner !== undefined) {
    return { name: `the table ${owner}`, definition: settings, table: owner, isEssential: false };
  }
  return { name: line.replace(/^SEQUENCE /, 'the sequence '), definition: line, isEssential: true };
}

/** Parses the text of a schema. Returns the parts of the schema by name. */
const partsOf = (text: string): ReadonlyMap<string, Part> =>
  new Map(
    text
      .match(/.+/g)
      ?.map((line) => partOf(line))
      .map((part) => [part.name, part]),
  );

/** Returns the names of the tables that have columns. */
const tablesOf = (parts: ReadonlyMap<string, Part>) =>
  new Set([...parts.values()].flatMap(({ table, isColumn }) => (isColumn && table !== undefined ? [table] : [])));

/**
 * Describes the difference between a part and the expected part. Returns null if the parts are equal.
 *
 * @param own - the part of the expected schema
 */
function differenceOf(own: Part, found: Part | undefined): string | null {
  if (found === undefined) return `${own.name} is missing`;
  if (found.definition === own.definition) return null;
  return `${own.name} has "${found.definition}" instead of "${own.definition}"`;
}

/** The differences between two schemas, described for the operator. */
interface Differences {
  /** Differences that make statements fail. */
  readonly fatal: readonly string[];
  /** Differences that do not affect the relay, such as an index that an operator added. */
  readonly others: readonly string[];
}

/**
 * Compares the schema of a database with the expected schema. Names a missing or additional table, but not its parts.
 */
export function schemaDifferences(expected: string, actual: string): Differences {
  const [own, found] = [partsOf(expected), partsOf(actual)];
  const [ownTables, foundTables] = [tablesOf(own), tablesOf(found)];
  const fatal = [...ownTables]
    .filter((table) => !foundTables.has(table))
    .map((table) => `the table ${table} is missing`);
  const others: string[] = [];
  for (const part of own.values()) {
    if (part.table !== undefined && !foundTables.has(part.table)) continue;
    const difference = differenceOf(part, found.get(part.name));
    if (difference !== null) (part.isEssential ? fatal : others).push(difference);
  }
  for (const { name, definition, table, isColumn } of found.values()) {
    if (own.has(name) || (table !== undefined && !ownTables.has(table))) continue;
    // The relay's INSERT statements omit the column, so they would fail.
    const isRequired = isColumn && definition.includes(' NOT NULL') && !definition.includes(' DEFAULT ');
    if (isRequired) fatal.push(`${name}, which this version does not know, is required`);
    else others.push(`${name} is additional`);
  }
  others.push(
    ...[...foundTables].filter((table) => !ownTables.has(table)).map((table) => `the table ${table} is additional`),
  );
  return { fatal, others };
}

/** Joins differences into a text that names up to {@link MAX_NAMED} differences. */
export const differencesText = (differences: readonly string[]): string =>
  differences.slice(0, MAX_NAMED).join(', ') +
  (differences.length > MAX_NAMED ? `, and ${differences.length - MAX_NAMED} more differences` : '');

/**
 * Checks the schema of a migrated database. Returns the differences that do not affect the relay.
 *
 * @param name - the name of the database in messages
 * @throws {StoreUnavailable} if a difference makes statements fail
 */
export function checkSchema(kind: 'sqlite' | 'postgres', actual: string, name: string): readonly string[] {
  const { fatal, others } = schemaDifferences(readFileSync(new URL(`${kind}.txt`, SCHEMAS), 'utf8'), actual);
  if (fatal.length === 0) return others;
  throw new StoreUnavailable(
    `The tables in ${name} are not those of this version of the relay: ${differencesText(fatal)}. The relay has changed ` +
      'nothing. Start the version that has used the database before, or restore a backup that fits this version, as ' +
      'docs/relay.md describes.',
  );
}
