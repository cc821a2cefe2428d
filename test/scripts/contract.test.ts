/** The contract: the keys that existing Zaps depend on. */

import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { contractText, lostLines } from '../../scripts/contract.ts';

describe('what "npm run docs" generates', () => {
  it('is in docs/contract.txt, which no key of a released version may leave', () => {
    expect(contractText().split('\n')).toEqual(readFileSync('docs/contract.txt', 'utf8').split('\n'));
  });

  it.each([
    ['create a: input date string required', 'create a: input date string', []],
    ['create a: input date string required from b.id', 'create a: input date string from b.id', []],
    ['create a: input date string', 'create a: input date string required', ['create a: input date string']],
    ['create a: input date string required', 'create a: input date text', ['create a: input date string required']],
    ['record a: required string', 'record a: string', ['record a: required string']],
    ['record a: id number\n', 'record a: id number\nrecord a: name string\n', []],
  ])('keeps all lines, but a required input may become optional: %j becomes %j', (earlier, contract, lost) => {
    expect(lostLines(earlier, contract)).toEqual(lost);
  });
});
