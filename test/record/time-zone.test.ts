import { describe, expect, it } from '@jest/globals';

import { timeZoneNamed, type TimeZone } from '../../src/record/time-zone.ts';

function zone(name: string): TimeZone {
  const found = timeZoneNamed(name);
  if (!found) throw new Error(`There is no time zone "${name}".`);
  return found;
}

describe('timeZoneNamed', () => {
  it('returns the same time zone for the same name', () => {
    expect(timeZoneNamed('Europe/London')).toBe(zone('Europe/London'));
  });

  it('forgets all time zones when it knows 50, so that names do not fill the memory', () => {
    const london = timeZoneNamed('Europe/London');
    const others = Intl.supportedValuesOf('timeZone').slice(0, 50);
    for (const name of others) timeZoneNamed(name);
    expect(timeZoneNamed('Europe/London')).not.toBe(london);
    expect(timeZoneNamed(others.at(-1) ?? '')).toBe(timeZoneNamed(others.at(-1) ?? ''));
  });

  it('returns null for other names', () => {
    const names = ['Europe/Londn', 'London', '', 'Mars/Olympus', '+05:00', 'x'.repeat(100_000)];
    expect(names.map(timeZoneNamed)).toEqual(names.map(() => null));
  });
});
