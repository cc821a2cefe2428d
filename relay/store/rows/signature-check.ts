import type { ColumnName, ReadRow } from '../database/row-types.ts';

export const SIGNATURE_COLUMNS = [
  'signaturesCheckedAt',
  'foreignAt',
  'isForeignMixed',
  'signedAt',
] as const satisfies ColumnName<'channels'>[];

/** The newest check of a channel's signatures. */
export type SignatureCheck = ReadRow<'channels', (typeof SIGNATURE_COLUMNS)[number]>;
