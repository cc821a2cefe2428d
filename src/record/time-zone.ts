/**
 * Time zones, which determine the difference between local time and UTC at any moment, including daylight saving time.
 */

export interface TimeZone {
  /**
   * Returns the difference between local time and UTC, in milliseconds; positive if local time is ahead.
   *
   * @param moment - milliseconds since 1970, UTC
   */
  readonly offsetAt: (moment: number) => number;
}

/** Matches an offset from UTC as `Intl` writes it, such as GMT+01:00. Some offsets before 1972 include seconds. */
const OFFSET = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/;

/**
 * The UTC time zone. It does not use `Intl.DateTimeFormat`, because creating the first `Intl.DateTimeFormat` of a
 * process takes 10 ms.
 */
export const UTC: TimeZone = { offsetAt: () => 0 };

/** Maximum number of cached time zones. The limit keeps the cache small, regardless of the names that callers pass. */
const MAX_ZONES = 50;
const zones = new Map<string, TimeZone>();

/**
 * Returns the time zone with an IANA name such as `Europe/London`; null if no time zone has this name. Caches time
 * zones.
 */
export function timeZoneNamed(name: string): TimeZone | null {
  const known = zones.get(name);
  // Intl also accepts offsets such as +05:00, which have no daylight saving time.
  if (known || !/^[A-Za-z]/.test(name)) return known ?? null;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    const offsetAt = (moment: number): number => {
      const [, sign, hours = 0, minutes = 0, seconds = 0] = OFFSET.exec(format.format(moment)) ?? [];
      const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
      return (sign === '-' ? -offset : offset) * 1000;
    };
    if (zones.size >= MAX_ZONES) zones.clear();
    const zone = { offsetAt };
    zones.set(name, zone);
    return zone;
  } catch {
    return null;
  }
}
