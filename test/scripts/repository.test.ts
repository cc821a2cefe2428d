/** The address of the repository in documents. */

import { readFileSync } from 'node:fs';

import { expect, it } from '@jest/globals';

import ownPackage from '../../package.json' with { type: 'json' };
import { repositoryLines } from '../../scripts/repository.ts';

it('comes from package.json, and a missing address is named as such', () => {
  expect(repositoryLines('')).toEqual([expect.stringContaining('to be set by whoever publishes it')]);
  expect(repositoryLines('https://github.com/a/b')).toEqual([
    'The repository is <https://github.com/a/b>, and its releases are at <https://github.com/a/b/releases>.',
  ]);
});

it.each(['README.md', 'docs/relay.md'])('is in %s', (page) => {
  const words = (text: string): string => text.replace(/\s+/g, ' ');
  expect(words(readFileSync(page, 'utf8'))).toContain(words(repositoryLines(ownPackage.repository).join(' ')));
});
