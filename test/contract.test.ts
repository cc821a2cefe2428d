import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { contractText } from '../scripts/contract.ts';
import { generated, PAGES } from '../scripts/pages.ts';

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

describe('the contract with existing Zaps (docs/contract.txt)', () => {
  const committed = linesOf(readFileSync('docs/contract.txt', 'utf8'));
  const current = linesOf(contractText());

  it('has not lost a line', () => {
    const lost = committed.filter((line) => !current.includes(line));
    const advice =
      'Existing Zaps depend on these keys and types. Restore them, and add new keys next to them instead of renaming.';
    expect({ lost, ...(lost.length > 0 && { advice }) }).toEqual({ lost: [] });
  });

  it('lists every key of the app', () => {
    const added = current.filter((line) => !committed.includes(line));
    const advice = 'To add these keys to the contract, run "npm run docs" and commit docs/ with the change.';
    expect({ added, ...(added.length > 0 && { advice }) }).toEqual({ added: [] });
  });
});

it.each(PAGES)('%s contains what "npm run docs" generates', async (page) => {
  expect(readFileSync(page, 'utf8')).toBe(await generated(page));
});
