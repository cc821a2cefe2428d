/**
 * The state of an account's check: the reader that sends requests, the verdicts, and the records that have been read so
 * far.
 */

import type { JsonObject } from '../wire/json.ts';
import type { Findings } from './findings.ts';
import type { Reader } from './reader.ts';

/** The state of a check. */
export interface AccountCheck {
  readonly reader: Reader;
  readonly findings: Findings;
  /**
   * True to read details of invoices, credit requests and payment orders. TutorCruncher then creates the PDFs of these
   * records.
   */
  readonly withPdf: boolean;
  /** The rows on the first page of each list that could be read. */
  readonly rows: Map<string, readonly JsonObject[]>;
  /** The details of the newest records, keyed by list and then by id. */
  readonly details: Map<string, ReadonlyMap<string, JsonObject>>;
  /** The id of the branch to which the key belongs; null until the branch is read. */
  branchId: number | null;
}
