/**
 * Recognizes details of cards, bank accounts and direct debits, because no record may contain digits of these details.
 */

/**
 * Matches the actions about a card, a bank account or a direct debit (GoCardless) in TutorCruncher's list of actions.
 */
const ACTION = /(?:^|_)(?:CARD|BANK|GC)(?:_|$)/;

/**
 * Matches the names of fields that could hold digits of a card, a bank account or a direct debit. No such field has
 * been observed.
 */
const FIELD =
  /(?:^|_)(?:cards?|banks?|gc|gocardless|mandates?|iban|bic|swift|sort_code|account_(?:no|number)|routing_number|last_?4)(?:_|$)/;

/** Returns true for an action about a card, a bank account or a direct debit. */
export const isAboutPaymentDetails = (action: string): boolean => ACTION.test(action);

/** Returns true for the name of a field that could hold digits of a card or an account. */
export const isPaymentDetail = (fieldName: string): boolean => FIELD.test(fieldName.toLowerCase());

/** Returns a text with an asterisk in place of each digit, including digits of non-Latin scripts. */
export const withoutDigits = (text: string): string => text.replaceAll(/\p{Nd}/gu, '*');
