/** Settings of the texts in a record, which are the same for all records of a branch. */

import type { FieldValue, FlatRecord } from './record.ts';
import { UTC, type TimeZone } from './time-zone.ts';

/** The time zone and the currency of a record's texts, and the format of its phone numbers. */
export interface Locale {
  readonly timeZone: TimeZone;
  /** The text that precedes amounts, such as `£`; an empty string if the currency is unknown. */
  readonly currencySign: string;
  /**
   * Returns a phone number in international format, or null. The console passes another function than the app, because
   * the facts about numbers would be a large part of its page.
   */
  readonly internationalNumber: (phone: unknown, country: unknown) => string | null;
  /**
   * Returns the value of a record's field for a PDF file. The app returns a reference, which Zapier replaces with the
   * file.
   *
   * @param key - such as `invoice_pdf`; the link has the key `invoice_pdf_url`
   */
  readonly pdf?: (record: FlatRecord, key: string) => FieldValue;
}

/** Times in UTC, amounts without a currency, no international phone numbers, and no files. */
export const NEUTRAL_LOCALE: Locale = {
  timeZone: UTC,
  currencySign: '',
  internationalNumber: () => null,
};
