/** Time zones: the difference between local time and UTC at any moment, including daylight saving time. */

/** A time zone. */
export interface TimeZone {
  /**
   * Returns the milliseconds by which local time is ahead of UTC.
   *
   * @param moment - milliseconds since 1970, UTC
   */
  readonly offsetAt: (moment: number) => number;
}

/** Matches an offset from UTC as `Intl` writes it, such as GMT+01:00. Offsets before 1972 may have seconds. */
const OFFSET = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/;

/**
 * Returns a time zone of the IANA database.
 *
 * @throws {RangeError} if there is no time zone of this name
 */
function fromDatabase(name: string): TimeZone {
  // Intl also accepts offsets such as +05:00, which have no daylight saving time.
  if (!/^[A-Za-z]/.test(name)) throw new RangeError(`${name} is not the name of a time zone.`);
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  return {
    offsetAt: (moment) => {
      const [, sign, hours, minutes, seconds = 0] = OFFSET.exec(format.format(moment)) ?? [];
      const offset = hours === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
      return (sign === '-' ? -offset : offset) * 1000;
    },
  };
}

/** UTC. It uses no `Intl.DateTimeFormat`, because creating the first format of a process takes 10 ms. */
export const UTC: TimeZone = { offsetAt: () => 0 };

/** The Zaps of a process use few time zones. The bound keeps invented names from filling the memory. */
const MAX_ZONES = 50;
const zones = new Map<string, TimeZone>();

/**
 * Returns a time zone. Time zones are cached.
 *
 * @param name - an IANA name such as `Europe/London`
 * @returns null if there is no such time zone
 */
export function timeZoneNamed(name: string): TimeZone | null {
  const known = zones.get(name);
  if (known) return known;
  try {
    const zone = fromDatabase(name);
    if (zones.size >= MAX_ZONES) zones.clear();
    zones.set(name, zone);
    return zone;
  } catch {
    return null;
  }
}
