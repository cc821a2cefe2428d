/**
 * Stores the checks of signatures that the connector makes, because the relay has no key for checking signatures. A Zap
 * that refuses a webhook reports its verdicts on the newest webhooks. Each link to the console contains verdicts on the
 * newest webhooks as well. Zaps do not report valid signatures, so a problem ends half an hour after an event for a Zap
 * if no report has followed.
 */

import type { Verdict } from '../../../wire/link-api.ts';
import { HOUR_MS } from '../../clock.ts';
import { columns, sql, type Database } from '../database/database.ts';
import { lockChannel } from '../rows/locks.ts';
import { SIGNATURE_COLUMNS, type SignatureCheck } from '../rows/signature-check.ts';

/**
 * Minimum time between two reports. The connector limits reports in the same way; see `src/hooks/signature-report.ts`.
 */
const REPORT_INTERVAL_MS = HOUR_MS / 6;
/** Longest time from an event to the report about the event. Deliveries and runs can be late. */
const REPORTING_MS = HOUR_MS / 2;

/** The webhooks of a channel that are signed with a private key other than the connection's. */
export interface ForeignSignature {
  /** Arrival of the newest of these webhooks. */
  readonly receivedAt: number;
  /** True if other webhooks are signed with the private key of the connection. */
  readonly isMixed: boolean;
}

function foreignIn(verdicts: readonly Verdict[]): ForeignSignature | null {
  const times = verdicts.flatMap(({ is_valid, received_at }) => (is_valid ? [] : [received_at]));
  return times.length === 0 ? null : { receivedAt: Math.max(...times), isMixed: times.length < verdicts.length };
}

/**
 * Returns the time when a problem with signatures ends unless another report arrives first; null if there is no
 * problem, or if its end is not known yet.
 */
export const lapsesAt = ({ foreignAt, signedAt }: SignatureCheck): number | null =>
  foreignAt === null || signedAt === null ? null : signedAt + REPORTING_MS;

/**
 * Returns the webhooks that are signed with a different private key; null if no such webhooks are known or the problem
 * has ended.
 */
export function foreignSignature(check: SignatureCheck, now: number): ForeignSignature | null {
  const { foreignAt, isForeignMixed } = check;
  if (foreignAt === null || now >= (lapsesAt(check) ?? Infinity)) return null;
  return { receivedAt: foreignAt, isMixed: isForeignMixed };
}

/** Returns the value of `signedAt` after the arrival of an event for a Zap. */
export function signedAfter({ signaturesCheckedAt, foreignAt, signedAt }: SignatureCheck, receivedAt: number) {
  if (signaturesCheckedAt === null || foreignAt === null || signedAt !== null) return signedAt;
  return receivedAt >= signaturesCheckedAt + REPORT_INTERVAL_MS ? receivedAt : null;
}

/**
 * Returns the check after newer verdicts; null if the verdicts change nothing.
 *
 * @param verdicts - the verdicts on the newest webhooks, newest first
 * @param isReport - true for the report of a Zap, which has just refused one of the webhooks
 */
function checkAfter(
  check: SignatureCheck,
  verdicts: readonly Verdict[],
  isReport: boolean,
  now: number,
): SignatureCheck | null {
  const [newest] = verdicts;
  if (!newest) return null;
  const known = foreignSignature(check, now);
  const foreign = foreignIn(verdicts);
  const found: SignatureCheck = {
    signaturesCheckedAt: now,
    foreignAt: foreign?.receivedAt ?? null,
    isForeignMixed: foreign?.isMixed ?? false,
    signedAt: null,
  };
  if (isReport) {
    const age = now - (check.signaturesCheckedAt ?? -Infinity);
    // The age is negative if the clock was set back.
    const isRecent = check.foreignAt !== null && age >= 0 && age < REPORT_INTERVAL_MS;
    return foreign === null || isRecent ? null : found;
  }
  if (!newest.is_valid) return found;
  // If the newest webhook is genuine, somebody may still be forging webhooks.
  if (known?.isMixed && foreign) return null;
  return { signaturesCheckedAt: now, foreignAt: null, isForeignMixed: false, signedAt: newest.received_at };
}

/** Creates the part of a store that keeps the connector's checks of signatures. */
export const createSignatureChecks = (database: Database) => ({
  /**
   * Records verdicts on the newest webhooks. A Zap's report is ignored within ten minutes of a report that found a
   * problem.
   */
  noteVerdicts: async (
    channel: string,
    verdicts: readonly Verdict[],
    isReport: boolean,
    now: number,
  ): Promise<void> => {
    await database.transaction(
      async (transaction) => {
        const key = await lockChannel(transaction, channel);
        if (key === null) return;
        const [known] = await transaction.all<SignatureCheck>(sql`
          SELECT ${columns(SIGNATURE_COLUMNS)} FROM channels WHERE key = ${key}`);
        const check = known && checkAfter(known, verdicts, isReport, now);
        if (!check) return;
        await transaction.run(sql`
          UPDATE channels SET signatures_checked_at = ${check.signaturesCheckedAt}, foreign_at = ${check.foreignAt},
            is_foreign_mixed = ${check.isForeignMixed}, signed_at = ${check.signedAt}, problems_check_at = 0
          WHERE key = ${key}`);
      },
      { isDurable: false },
    );
  },
});
