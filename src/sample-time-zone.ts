import { timeZoneNamed, UTC } from './record/time-zone.ts';

/** The time zone of samples, whose invented people live in Bristol. */
export const SAMPLE_TIME_ZONE = timeZoneNamed('Europe/London') ?? UTC;
