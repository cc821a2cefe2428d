/** Statements that run several queries in one round trip. */

import type { Query } from '../database.ts';
import type { Statement } from './changes.ts';

/** The only row of {@link togetherOf}. */
export interface TogetherRow {
  readonly seqs: readonly number[];
  readonly now: number;
  /** The rows of the query with the index in the name. */
  readonly [rows: `rows${number}`]: readonly object[] | undefined;
}

/** Expression for the time on the server's clock, in milliseconds since 1970. */
export const NOW = 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS now';

/** Returns one statement for several queries, new sequence numbers and the time. */
export function togetherOf(queries: readonly Query[], seqCount: number): Statement {
  const values: unknown[] = [seqCount];
  const columns = queries.map(({ text, values: own }, index) => {
    const offset = values.length;
    values.push(...own);
    const numbered = text.replace(/\$(\d+)/g, (_match, number: string) => `$${Number(number) + offset}`);
    return `(SELECT coalesce(json_agg(q), '[]') FROM (${numbered}) q) AS rows${index}`;
  });
  const seqs = `(SELECT coalesce(json_agg(nextval('delivery_seq')), '[]') FROM generate_series(1, $1)) AS seqs`;
  return { text: `SELECT ${[...columns, seqs, NOW].join(', ')}`, values };
}
