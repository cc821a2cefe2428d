/** The types of rows, which are derived from the columns of tables and from the values that statements compute. */

import type { COMPUTED, SqlType, TABLES } from './tables.ts';

/** The name of a boolean that a statement computes. */
export type ComputedBoolean = {
  [Name in keyof typeof COMPUTED]: (typeof COMPUTED)[Name] extends 'boolean' ? Name : never;
}[keyof typeof COMPUTED];

export type TableName = keyof typeof TABLES;

/** The name of the row property that holds a column. */
export type ColumnName<Table extends TableName> = keyof (typeof TABLES)[Table] & string;

/** The types of the values that statements write, by the SQL type of the column. */
interface WrittenValues {
  bigint: number;
  integer: number;
  smallint: number;
  text: string;
  /** JSON is written as text. */
  json: string;
  boolean: boolean;
  bytea: Uint8Array;
}

/** The types of the values that statements return, by the SQL type of the column. */
interface ReadValues extends Omit<WrittenValues, 'json' | 'bytea'> {
  /** JSON is returned as a parsed value. The row type states the type of this value. */
  json: unknown;
  bytea: Buffer;
}

type ValueOf<Values, Type> = Type extends keyof Values
  ? Values[Type]
  : Type extends `${infer Inner extends keyof Values & string}?`
    ? Values[Inner] | null
    : never;

/** The values that a statement writes to some or all columns of a table. */
export type WrittenRow<Table extends TableName> = {
  readonly [Name in ColumnName<Table>]?: ValueOf<WrittenValues, (typeof TABLES)[Table][Name]>;
};

/** Some columns of a table, as a statement returns them. */
export type ReadRow<Table extends TableName, Name extends ColumnName<Table>> = {
  readonly [Each in Name]: ValueOf<ReadValues, (typeof TABLES)[Table][Each]>;
};

/**
 * The types of all columns and computed values that have the given name; never if no column and no computed value has
 * this name.
 */
type TypeNamed<Name> =
  | { [Table in TableName]: Name extends ColumnName<Table> ? (typeof TABLES)[Table][Name] : never }[TableName]
  | (Name extends keyof typeof COMPUTED ? (typeof COMPUTED)[Name] : never);

/**
 * The properties of a row, each with the type of the column or computed value of the same name. A row type that a
 * statement returns must be assignable to this type. A row type can also allow null for a column that is never NULL in
 * its table, because an outer join makes the column NULL.
 *
 * @typeParam Present - nullable columns that are not NULL in these rows
 */
export type CheckedRow<Row, Present> = {
  readonly [Name in keyof Row]: null extends Row[Name]
    ? ValueOf<ReadValues, TypeNamed<Name>> | null
    : ValueOf<ReadValues, Name extends Present ? TypeNamed<Name> : Extract<TypeNamed<Name>, SqlType>>;
};
