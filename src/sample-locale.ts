import { once } from './once.ts';
import type { Locale } from './record/locale.ts';
import { currencySign } from './record/money.ts';
import { internationalNumber } from './record/phone-numbers.ts';
import { timeZoneNamed, UTC } from './record/time-zone.ts';

/** Returns the locale of the samples, whose fictional people live in Bristol. */
export const sampleLocale = once((): Locale => ({
  timeZone: timeZoneNamed('Europe/London') ?? UTC,
  currencySign: currencySign('GBP'),
  internationalNumber,
  pdf: (record, key) => record[`${key}_url`] ?? null,
}));
