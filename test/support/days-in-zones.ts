/** Values for inputs that accept a day, and the day that each value means in a time zone. */

/** Each row contains a value, the name of a time zone, and the day that the value means in the time zone. */
export const DAYS_IN_ZONES = [
  ['2026-06-08T02:00:00Z', 'America/New_York', '2026-06-07'],
  ['2026-06-07T23:30:00-0400', 'America/New_York', '2026-06-07'],
  ['2026-06-07 23:30', 'America/New_York', '2026-06-07'],
  ['2026-06-07', 'America/New_York', '2026-06-07'],
  ['2026-06-07T23:30:00Z', 'Europe/London', '2026-06-08'],
  ['2026-06-07T23:30:00-04:00', 'Europe/London', '2026-06-08'],
  ['2026-12-31T13:30:00.500z', 'Pacific/Auckland', '2027-01-01'],
] as const;
