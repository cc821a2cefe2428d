import { describe, expect, it } from '@jest/globals';

import { countOf, fieldLines, recordText } from '../../local/record-table.ts';

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

describe('recordText', () => {
  const fields = [{ key: 'note_text', label: 'Note Text' }];
  const record = { note_text: 'Prefers calls.', note_id: 5 };

  it('shows the main fields, and how to see all', () => {
    expect(recordText('note_added', fields, record, false)).toBe(
      '  Note Text  Prefers calls.\n\n1 of 2 fields. To see all of them, start with --all.',
    );
  });

  it('shows all fields with their keys', () => {
    expect(recordText('note_added', fields, record, true)).toBe(
      ['  Note Text  Prefers calls.', '    note_text', '  Note Id    5', '    note_id'].join('\n'),
    );
  });
});

it.each([
  [0, '0 records'],
  [1, '1 record'],
  [2000, '2,000 records'],
])('%s has the noun in "%s"', (count, text) => {
  expect(countOf(count, 'record')).toBe(text);
});
