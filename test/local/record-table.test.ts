import { describe, expect, it } from '@jest/globals';

import { fieldLines } from '../../local/record-table.ts';

describe('fieldLines', () => {
  const fields = [
    { key: 'a_b', label: 'A to B' },
    { key: 'changes[]field', label: 'Change Field' },
  ];
  const students = [{ name: 'Leo' }, { name: 'Mia' }];

  it('shows labels and values, and joins the items of a list', () => {
    expect(fieldLines(fields, { a_b: 'c', students, tutors: [], changes: [], n: null })).toBe(
      [
        '  A to B         c',
        '  Students Name  Leo, Mia',
        '  Tutors         (none)',
        '  Change Field   (none)',
        '  N',
      ].join('\n'),
    );
  });

  it('replaces control characters and line breaks, and shortens long values', () => {
    expect(fieldLines(fields, { a_b: `\u001b[2J\r\n${'x'.repeat(500)}` })).toBe(`  A to B   [2J ${'x'.repeat(54)}…`);
  });
});
