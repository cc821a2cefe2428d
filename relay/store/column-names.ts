/** The names of columns, which are in snake case in the database and in camel case in rows. */

/** Returns the column of a property: `received_at` for `receivedAt`. */
export const columnOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Returns the property of a column: `receivedAt` for `received_at`. */
export const propertyOf = (column: string): string =>
  column.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
