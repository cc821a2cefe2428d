/** The types of rows, which are derived from the columns of tables and from the values that statements compute. */

import type { COMPUTED, SqlType, TABLES } from './tables.ts';

/** The name of a boolean that a statement computes. */
export type ComputedBoolean = {
  [Name in keyof typeof COMPUTED]: (typeof COMPUTED)[Name] extends 'boolean' ? Name : never;
}[keyof typeof COMPUTED];

export type TableName = keyof typeof TABLES;

/** The name of the property of a row that holds a column. */
export type ColumnName<Table extends TableName> = keyof (typeof TABLES)[Table] & string;

/** The values of columns as statements write them. */
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

/** The values of columns as statements return them. */
interface ReadValues extends Omit<WrittenValues, 'json' | 'bytea'> {
  /** JSON is returned as a value, whose type the row states. */
  json: unknown;
  bytea: Buffer;
}

type ValueOf<Values, Type> = Type extends keyof Values
  ? Values[Type]
  : Type extends `${infer Inner extends keyof Values & string}?`
    ? Values[Inner] | null
    : never;

/** A row of a table, or some of its columns, to be written. */
export type WrittenRow<Table extends TableName> = {
  readonly [Name in ColumnName<Table>]?: ValueOf<WrittenValues, (typeof TABLES)[Table][Name]>;
};

/** Columns of a table, as a statement returns them. */
export type ReadRow<Table extends TableName, Name extends ColumnName<Table>> = {
  readonly [Each in Name]: ValueOf<ReadValues, (typeof TABLES)[Table][Each]>;
};

/** The types of the columns and of the computed values with a name; never if there are none. */
type TypeNamed<Name> =
  | { [Table in TableName]: Name extends ColumnName<Table> ? (typeof TABLES)[Table][Name] : never }[TableName]
  | (Name extends keyof typeof COMPUTED ? (typeof COMPUTED)[Name] : never);

/**
 * The properties of a row, each with the type of the column or computed value of the same name. A row type that a
 * statement returns must be assignable to this type. Other columns may be NULL, too, if their table is joined.
 *
 * @typeParam Present - nullable columns that are not NULL in these rows
 */
export type CheckedRow<Row, Present> = {
  readonly [Name in keyof Row]: null extends Row[Name]
    ? ValueOf<ReadValues, TypeNamed<Name>> | null
    : ValueOf<ReadValues, Name extends Present ? TypeNamed<Name> : Extract<TypeNamed<Name>, SqlType>>;
};
