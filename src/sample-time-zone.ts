import { once } from './once.ts';
import { timeZoneNamed, UTC, type TimeZone } from './record/time-zone.ts';

/** Returns the time zone of the samples, whose fictional people live in Bristol. */
export const sampleTimeZone = once((): TimeZone => timeZoneNamed('Europe/London') ?? UTC);
