/** The archive that `npm run package:relay` packs. */

import { globSync, readFileSync, statSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { DOCUMENTS } from '../../scripts/package-relay.ts';

describe('the archive', () => {
  it('contains the documents that messages name', () => {
    const files = globSync(['relay/**/*.ts', 'deploy/**/*'], { exclude: (path) => /dist|test/.test(path) });
    const sources = files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path, 'utf8'));
    const named = new Set(sources.flatMap((text) => text.match(/\bdocs\/[\w-]+\.md/g) ?? []));
    expect([...named]).toEqual(expect.arrayContaining(['docs/relay.md', 'docs/relay-commands.md']));
    const contained = globSync(DOCUMENTS);
    expect([...named].filter((path) => !contained.includes(path))).toEqual([]);
  });
});
