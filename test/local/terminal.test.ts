import { describe, expect, it } from '@jest/globals';

import { wrapped } from '../../local/terminal.ts';

describe('a text in a terminal', () => {
  const link = `http://127.0.0.1:4000/console#${'x'.repeat(43)}`;

  it.each([
    ['one two three four five six', 'one two three four\nfive six'],
    ['  an indented text of words', '  an indented text\n  of words'],
    [`See it: ${link} here`, `See it:\n${link}\nhere`],
    [`  ${link}`, `  ${link}`],
  ])('is broken between words, and links stay whole: %j', (text, expected) => {
    expect(wrapped(text, 20)).toBe(expected);
  });

  it('continues in its last column', () => {
    expect(wrapped('12:00:00  A Lesson was moved to another day and place', 40)).toBe(
      '12:00:00  A Lesson was moved to another\n          day and place',
    );
  });
});
