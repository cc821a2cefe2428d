/**
 * The schema of a store as text: a line for each column, index and setting. `relay/store/schema/` contains the schemas
 * that the migrations produce, so that a migration is reviewed as a change of its result. A relay compares its database
 * with these schemas when it starts; see `schema-check.ts`.
 */

/** A column, as a database describes it. */
export interface SchemaColumn {
  /** The names of the table and of the column, with a dot between them. */
  readonly name: string;
  readonly type: string;
  readonly isNullable: boolean;
  /** The default value as SQL; null if there is none. */
  readonly initial: string | null;
}

const columnLine = ({ name, type, isNullable, initial }: SchemaColumn): string =>
  `${name} ${type}${isNullable ? '' : ' NOT NULL'}${initial === null ? '' : ` DEFAULT ${initial}`}`;

/**
 * Returns the text of a schema. Line breaks are removed, because SQLite returns an index as the operator entered it.
 */
export const schemaText = (columns: readonly SchemaColumn[], others: readonly string[]): string =>
  [...columns.map(columnLine), ...others].map((line) => `${line.replaceAll(/\s+/g, ' ')}\n`).join('');
