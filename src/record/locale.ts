import { UNKNOWN_BRANCH, type RecordBranch } from './branch-fields.ts';
import type { FieldValue, FlatRecord } from './record.ts';
import { UTC, type TimeZone } from './time-zone.ts';

/** The branch of the connection, and the settings for texts in the branch's records. */
export interface Locale {
  /** The branch of the connection. */
  readonly branch: RecordBranch;
  readonly timeZone: TimeZone;
  /** The text that precedes amounts, such as `£`; an empty string if the currency is unknown. */
  readonly currencySign: string;
  /**
   * Returns a phone number in international format, or null. The console's implementation always returns null, because
   * the numbering plans would make its page larger.
   */
  readonly internationalNumber: (phone: unknown, country: unknown) => string | null;
  /**
   * Returns the value of a PDF field, such as `invoice_pdf`. The value is a reference that Zapier replaces with the
   * file.
   */
  readonly pdf?: (record: FlatRecord, key: string) => FieldValue;
}

/**
 * Locale without an account: an unknown branch, times in UTC, amounts without a currency, no international phone
 * numbers, and no files.
 */
export const NEUTRAL_LOCALE: Locale = {
  branch: UNKNOWN_BRANCH,
  timeZone: UTC,
  currencySign: '',
  internationalNumber: () => null,
};
