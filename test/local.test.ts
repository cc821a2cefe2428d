import { describe, expect, it } from '@jest/globals';

import { suggestion } from '../relay/suggestion.ts';
import { fieldLines } from '../local/table.ts';
import { wrapped } from '../local/terminal.ts';
import { toTutorCruncherJson } from '../local/tutorcruncher.ts';
import { zapierHeaders } from '../local/zapier.ts';

describe('zapierHeaders', () => {
  it('prefixes all names with Http-, except Content-Type and Content-Length', () => {
    expect(
      zapierHeaders({
        'webhook-signature': 'x',
        'content-type': 'a',
        'CONTENT-LENGTH': '1',
        accept: ['b', 'c'],
        gone: undefined,
      }),
    ).toEqual({ 'Http-Webhook-Signature': 'x', 'Content-Type': 'a', 'Content-Length': '1', 'Http-Accept': 'b, c' });
  });
});

describe('toTutorCruncherJson', () => {
  it('writes spaces after separators and escapes all characters outside ASCII', () => {
    expect(toTutorCruncherJson({ a: [1, 'é🎻\u2028"'], b: null, c: undefined, d: { e: true } })).toBe(
      '{"a": [1, "\\u00e9\\ud83c\\udfbb\\u2028\\""], "b": null, "d": {"e": true}}',
    );
  });
});

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

  it('shows each key below its label if asked to', () => {
    expect(fieldLines(fields, { a_b: 'c', students }, true)).toBe(
      '  A to B         c\n    a_b\n  Students Name  Leo, Mia\n    students[]name',
    );
  });

  it('replaces control characters and line breaks, and shortens long values', () => {
    expect(fieldLines(fields, { a_b: `\u001b[2J\r\n${'x'.repeat(500)}` })).toBe(`  A to B   [2J ${'x'.repeat(54)}…`);
  });
});

describe('a text in a terminal', () => {
  const link = `http://127.0.0.1:4000/console#${'x'.repeat(43)}`;

  it.each([
    ['fits', 'fits'],
    ['one two three four five six', 'one two three four\nfive six'],
    ['  an indented text of words', '  an indented text\n  of words'],
    [`See it: ${link} here`, `See it:\n${link}\nhere`],
    [`  ${link}`, `  ${link}`],
    ['first\n\nsecond', 'first\n\nsecond'],
  ])('is broken between words, and links stay whole: %j', (text, expected) => {
    expect(wrapped(text, 20)).toBe(expected);
  });

  it('continues in its last column', () => {
    expect(wrapped('12:00:00  A Lesson was moved to another day and place', 40)).toBe(
      '12:00:00  A Lesson was moved to another\n          day and place',
    );
  });
});

describe('the suggestion for a mistyped key', () => {
  const keys = ['invoice_paid', 'invoice_raised', 'lesson_completed'];

  it.each([
    ['invoice_payed', 'invoice_paid'],
    ['Invoice Paid', 'invoice_paid'],
    ['lesson-complete', 'lesson_completed'],
    ['invoiceraised', 'invoice_raised'],
  ])('is the nearest key: %s', (typed, key) => {
    expect(suggestion(typed, keys)).toBe(` Did you mean "${key}"?`);
  });

  it('is missing if no key is near', () => {
    expect(suggestion('nothing', keys)).toBe('');
  });
});
