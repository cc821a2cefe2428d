import { UNKNOWN_BRANCH, type RecordBranch } from './branch-fields.ts';
import type { FieldValue, FlatRecord } from './record.ts';
import { UTC, type TimeZone } from './time-zone.ts';

/** The branch of a record, and the settings for the record's texts, which are the same for all records of a branch. */
export interface Locale {
  /** The branch of the connection. */
  readonly branch: RecordBranch;
  readonly timeZone: TimeZone;
  /** The text that precedes amounts, such as `£`; an empty string if the currency is unknown. */
  readonly currencySign: string;
  /**
   * Returns a phone number in international format, or null. The console always returns null, because the facts about
   * phone numbers would make its page larger.
   */
  readonly internationalNumber: (phone: unknown, country: unknown) => string | null;
  /**
   * Returns the value of a field for a PDF file, such as `invoice_pdf`: a reference that Zapier replaces with the file.
   */
  readonly pdf?: (record: FlatRecord, key: string) => FieldValue;
}

/** An unknown branch, times in UTC, amounts without a currency, no international phone numbers, and no files. */
export const NEUTRAL_LOCALE: Locale = {
  branch: UNKNOWN_BRANCH,
  timeZone: UTC,
  currencySign: '',
  internationalNumber: () => null,
};
