/** The assumptions in docs/tutorcruncher.md. */

import { readFileSync } from 'node:fs';

/** A row of the fact sheet. */
export interface Assumption {
  readonly name: string;
  /** The file that depends on the assumption. */
  readonly file: string;
  /** The effect of a false assumption. */
  readonly consequence: string;
}

const SHEET = new URL('../docs/tutorcruncher.md', import.meta.url);

const codeIn = (cell: string): string => cell.slice(1, -1);

/** Returns the assumptions, keyed by name, in the order of the fact sheet. */
export function readAssumptions(): ReadonlyMap<string, Assumption> {
  const rows = readFileSync(SHEET, 'utf8').matchAll(/^\| (`.*) \|$/gm);
  return new Map(
    [...rows].map(([, row = '']) => {
      const [name = '', , file = '', , consequence = ''] = row.trimEnd().split(/ *\| */);
      return [codeIn(name), { name: codeIn(name), file: codeIn(file), consequence }];
    }),
  );
}
