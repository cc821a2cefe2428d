/**
 * The schema of a store as text: a line for each column, index and setting. `relay/store/schema/` contains the schemas
 * that the migrations produce, so that the diff of a migration shows how the schema changes. A relay compares its
 * database with these schemas when it starts; see `schema-check.ts`.
 */

/** A column, as the catalog of a database describes it. */
export interface SchemaColumn {
  /** The table name and the column name, separated by a dot. */
  readonly name: string;
  readonly type: string;
  readonly isNullable: boolean;
  /** The default value as SQL; null if the column has no default value. */
  readonly initial: string | null;
}

const columnLine = ({ name, type, isNullable, initial }: SchemaColumn): string =>
  `${name} ${type}${isNullable ? '' : ' NOT NULL'}${initial === null ? '' : ` DEFAULT ${initial}`}`;

/**
 * Returns the text of a schema. Replaces line breaks with spaces, because SQLite returns the statement of an index
 * exactly as it was entered.
 */
export const schemaText = (columns: readonly SchemaColumn[], others: readonly string[]): string =>
  [...columns.map(columnLine), ...others].map((line) => `${line.replaceAll(/\s+/g, ' ')}\n`).join('');
