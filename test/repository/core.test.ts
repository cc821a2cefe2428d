/** The quotes in `docs/core.md`, compared with the code. */

import { readFileSync } from 'node:fs';

import { expect, it } from '@jest/globals';

/** A file that the page names, or a quote from the file that was named last. */
const PART = /^In `(?<file>[^`]+)`:$|^```ts\n(?<quote>[^]*?)^```$/gm;

/** Returns the lines of a text without their indentation, which the page does not repeat. */
const linesOf = (text: string): string[] => text.trim().split(/\n\s*/);

/** Returns the quotes in order, each with the file from which it is taken. */
function quotes(): { file: string; quote: string }[] {
  let file = '';
  return [...readFileSync('docs/core.md', 'utf8').matchAll(PART)].flatMap(({ groups }) => {
    file = groups?.file ?? file;
    const quote = groups?.quote;
    return quote === undefined ? [] : [{ file, quote }];
  });
}

it.each(quotes())('docs/core.md quotes $file', ({ file, quote }) => {
  expect(linesOf(readFileSync(file, 'utf8')).join('\n')).toContain(linesOf(quote).join('\n'));
});

it('docs/core.md quotes the statement of the next send and the function after a failure', () => {
  const text = quotes()
    .map(({ quote }) => quote)
    .join('\n');
  expect(text).toMatch(/^pending: /m);
  expect(text).toMatch(/^export function stepAfterFailure\(/m);
});
