import { MAX_DELETED_BYTES } from './store.ts';

/** Returns as many rows as one step may delete, based on their sizes. Returns at least one row if there are any. */
export function withinStep<Row extends { readonly bytes: number }>(rows: Iterable<Row>): Row[] {
  const step: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    step.push(row);
    bytes += row.bytes;
    if (bytes >= MAX_DELETED_BYTES) break;
  }
  return step;
}
