import { MAX_DELETED_BYTES } from './store.ts';

/** Returns as many of the rows as one step may delete, in view of their sizes; at least one if there is one. */
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
