/**
 * The generated parts of the documents.
 *
 * @slow all generated documents, 3 s of CPU
 */

import { globSync, readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { generated, PAGES } from '../../scripts/pages.ts';

/** The files that contain the words of the generated parts. */
const DEFINITIONS = globSync('{{creates,objects,scripts,searches,src,triggers,wire}/**/*.{ts,json},docs/*.json}');

/** Words that are only in the generated parts: parts of dates, and the singular of a list's name. */
const OF_EXAMPLES = ['mon', 'jan', 'feb', 'qualification'];

/** Returns the words of a text in lower case, without ids and other words that contain a digit. */
const wordsIn = (text: string): string[] =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !/\d/.test(word));

const KNOWN_WORDS = new Set(DEFINITIONS.flatMap((path) => wordsIn(readFileSync(path, 'utf8'))));
const GENERATED = await Promise.all(PAGES.map(async (page) => ({ page, text: await generated(page) })));

describe('what "npm run docs" generates', () => {
  it.each(GENERATED)('is in $page', ({ page, text }) => {
    expect(readFileSync(page, 'utf8')).toBe(text);
  });

  it.each(GENERATED)('joins no words in $page', ({ text }) => {
    const parts = [...text.matchAll(/<!-- generated: [^]*?<!-- end -->/g)];
    const words = parts.flatMap(([part]) => wordsIn(part.replace(/`[^`]+`/g, '')));
    expect(words.filter((word) => !KNOWN_WORDS.has(word) && !OF_EXAMPLES.includes(word))).toEqual([]);
  });
});
