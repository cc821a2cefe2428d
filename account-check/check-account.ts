/** Runs all parts of the check in sequence. */

import type { AccountCheck } from './account.ts';
import { checkActionTypes } from './action-types.ts';
import { checkBalances } from './balances.ts';
import { checkConnection, checkHeaders } from './connection.ts';
import { checkDeliveries, type ArrivedDelivery } from './deliveries.ts';
import { checkDetails } from './details.ts';
import { checkFilters } from './filters.ts';
import { Findings, isHarmful, type Finding } from './findings.ts';
import { checkLessonTimes } from './lesson-times.ts';
import { checkLists } from './lists.ts';
import { checkOptions } from './options.ts';
import { Unfinished, type Reader } from './reader.ts';
import { refusalFactsOf } from './refusal.ts';
import { reportOf, type Facts, type Report } from './report.ts';

/** The options of a check. */
export interface CheckOptions {
  readonly reader: Reader;
  readonly privateKey: string;
  readonly withPdf: boolean;
  /** Reads the deliveries to check; null if deliveries are not checked. */
  readonly readDeliveries: (() => Promise<readonly ArrivedDelivery[]>) | null;
}

/** The result of a check. */
export interface CheckResult {
  readonly findings: readonly Finding[];
  readonly report: Report;
  /** The reason why the check ended early; null if the check was finished. */
  readonly unfinished: string | null;
}

async function collectFacts(
  check: AccountCheck,
  facts: Facts,
  { readDeliveries, privateKey }: CheckOptions,
): Promise<void> {
  // The facts are assigned one by one, so that an early end keeps the facts that were already found.
  facts.connection = await checkConnection(check);
  facts.lists = await checkLists(check);
  facts.details = await checkDetails(check);
  await checkBalances(check);
  facts.filters = await checkFilters(check);
  facts.lessonTimes = await checkLessonTimes(check);
  facts.options = await checkOptions(check);
  facts.actions = await checkActionTypes(check);
  facts.connection = { ...facts.connection, limitHeaders: checkHeaders(check) };
  if (readDeliveries) facts.deliveries = checkDeliveries(check, await readDeliveries(), privateKey);
}

/** Checks an account. If the check cannot be finished, returns the facts that were found before it ended. */
export async function checkAccount(options: CheckOptions): Promise<CheckResult> {
  const { reader, withPdf } = options;
  const findings = new Findings();
  const facts: Facts = {};
  const check = { reader, findings, withPdf, rows: new Map(), details: new Map(), branchId: null };
  let unfinished: string | null = null;
  try {
    await collectFacts(check, facts, options);
  } catch (error) {
    if (!(error instanceof Unfinished)) throw error;
    unfinished = error.message;
  }
  if (reader.refusal !== null) facts.refusal = refusalFactsOf(reader.refusal);
  const report = reportOf(facts, findings, unfinished === null);
  return { findings: findings.all, report, unfinished };
}

/** Returns the exit code: 2 if the check was not finished, 1 if a difference is harmful, otherwise 0. */
export function exitCodeOf({ findings, unfinished }: CheckResult): number {
  if (unfinished !== null) return 2;
  return findings.some(isHarmful) ? 1 : 0;
}
