/** The mutants that do not count in the scores of `npm run mutate`. */

import { EQUIVALENT_IN_RELAY } from './equivalent-relay-mutants.ts';
import type { EquivalentMutant } from './outcomes.ts';

/** Mutants of all directories that behave like the original code. */
export const EQUIVALENT: readonly EquivalentMutant[] = [
  ...EQUIVALENT_IN_RELAY,
  {
    file: 'wire/delivery.ts',
    code: 'if ((end - backslash) % 2 === 1) return end;',
    original: 'end - backslash',
    replacement: 'end + backslash',
    reason: 'The sum of two numbers is odd whenever their difference is.',
  },
  {
    file: 'wire/delivery.ts',
    code: "const [, id] = typeof subject.url === 'string' ? (RECORD_URL.exec(subject.url) ?? []) : [];",
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'The first element is not used.',
  },
  {
    file: 'wire/delivery.ts',
    code: 'if (entriesOf(delivery).length === 0) return [];',
    original: 'entriesOf(delivery).length === 0',
    replacement: 'false',
    reason: 'The line only saves the time of the inspection.',
  },
  {
    file: 'src/hooks/zap-status.ts',
    code: ".filter((count) => typeof count === 'number' && count > 0)",
    original: 'count > 0',
    replacement: 'count >= 0',
    reason: 'Zero adds nothing to the sum.',
  },
  {
    file: 'src/polled/newest-rows.ts',
    code: 'if (id !== null) found.set(id, row);',
    original: 'id !== null',
    replacement: 'true',
    reason: 'All callers leave out rows without an id (`dueRowsIn`).',
  },
  {
    file: 'src/polled/details.ts',
    code: 'for (let start = 0; start < marks.length && run.elapsed < MAX_READING_MS; start += parallel) {',
    original: 'start < marks.length',
    replacement: 'start <= marks.length',
    reason: 'After the last mark, there is nothing to request, which ends the reading.',
  },
  {
    file: 'src/record/subject.ts',
    code: 'needsAddress = false;',
    original: 'false',
    replacement: 'true',
    reason: 'Adding the same address for each of its parts changes nothing.',
  },
  {
    file: 'src/hooks/relay-client.ts',
    code: 'if (status !== 200 || !isJsonObject(data) || !Array.isArray(data.keys)) throw refusal(this.#z, status);',
    original: 'status !== 200 || !isJsonObject(data) || !Array.isArray(data.keys)',
    replacement: 'false',
    reason: 'The caller fails without keys as well, and treats all failures alike. An error response has no keys.',
  },
  {
    file: 'src/many/search-for-many.ts',
    code: 'for (let start = 0; start < rows.length; start += MAX_PARALLEL) {',
    original: 'start < rows.length',
    replacement: 'start <= rows.length',
    reason: 'The additional part of the rows is empty.',
  },
  {
    file: 'src/many/matching-rows.ts',
    code: 'const rows: JsonObject[] = [];',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'An entry without an id is left out.',
  },
  {
    file: 'wire/json.ts',
    code: 'let hasLongIntegers = false;',
    original: 'false',
    replacement: 'true',
    reason: 'Parsing for long integers gives the same value if there are none, but takes longer.',
  },
  {
    file: 'src/inputs/api-request.ts',
    code: '} catch {',
    original: '{ return false; }',
    replacement: '{}',
    reason: 'The caller only asks whether the result is true.',
  },
  {
    file: 'src/many/matching-rows.ts',
    code: 'const list: ListQuery = { ...rest, params, maxPages: pagesLeft, isBest: () => false };',
    original: '() => false',
    replacement: '() => undefined',
    reason: '`filter` leaves out a row for both results.',
  },
  {
    file: 'src/many/search-for-many.ts',
    code: 'const fields = Object.entries(object.sample.subject).filter(([name]) => object.api?.rowFields?.includes(name));',
    original: 'object.api?.rowFields',
    replacement: 'object.api.rowFields',
    reason: "A search is defined only for an object that TutorCruncher's API provides.",
  },
];
