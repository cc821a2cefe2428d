import { describe, expect, it } from '@jest/globals';

import { actionsOf, ageOf, agoOf, countOf, durationOf, momentOf, sizeOf, tableOf } from '../../admin/formatting.ts';

describe('output for people', () => {
  it('shows durations and sizes in their largest unit', () => {
    const durations = [-5, 59_999, 60_000, 7_200_000, 200_000_000].map(durationOf);
    expect(durations.join(', ')).toBe('0 s, 59 s, 1 min, 2 h, 2 d');
    expect([0, 999, 1500, 2_000_000, 5e12].map(sizeOf).join(', ')).toBe('0 B, 999 B, 1.5 kB, 2.0 MB, 5000.0 GB');
  });

  it('shows moments in UTC, their age, and a dash or "never" in place of a missing moment', () => {
    expect(momentOf(1_750_000_000_999)).toBe('2025-06-15T15:06:40Z');
    expect([ageOf(1_000, 6_000), agoOf(1_000, 6_000)]).toEqual(['5 s', '5 s ago']);
    expect([ageOf(null, 6_000), agoOf(null, 6_000)]).toEqual(['-', 'never']);
  });

  it('aligns the columns of a table with their headings, and shows nothing for a table without rows', () => {
    const rows = [
      { ZAP: 'long name', SIZE: 7 },
      { ZAP: 'x', SIZE: 1000 },
    ];
    expect(tableOf(rows)).toBe('ZAP        SIZE\nlong name  7\nx          1000');
    expect(tableOf([])).toBe('');
  });

  it('counts a noun in the singular or the plural', () => {
    expect([0, 1, 2].map((count) => countOf(count, 'Zap'))).toEqual(['0 Zaps', '1 Zap', '2 Zaps']);
  });

  it('shortens actions, and removes their control characters', () => {
    expect(actionsOf(['A', 'B'])).toBe('A, B');
    expect(actionsOf(null)).toBe('unknown');
    expect(actionsOf(['\u001b[2J'])).toBe(' [2J');
    expect(actionsOf(['x'.repeat(100)])).toHaveLength(60);
  });
});
