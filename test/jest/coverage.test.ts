import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { matchesGlob } from 'node:path';

import { expect, it } from '@jest/globals';
import type { Config } from 'jest';

// Jest reads its configuration from a JavaScript file, which has no types.
const JEST_CONFIG = '../../jest.config.js' as string;

/** Returns true if a module contains only types, comments and empty exports. */
const hasOnlyTypes = (path: string): boolean =>
  stripTypeScriptTypes(readFileSync(path, 'utf8'))
    .replace(/\/\*[^]*?\*\/|\/\/.*|export \{\};/g, '')
    .trim() === '';

// No test loads such a module, so Jest would count all of its lines as uncovered.
it('does not measure modules that contain only types', async () => {
  const { default: config } = (await import(JEST_CONFIG)) as { readonly default: Config };
  const globs = config.collectCoverageFrom ?? [];
  const excluded = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1));
  const measured = globs
    .filter((glob) => !glob.startsWith('!'))
    .flatMap((glob) => globSync(glob))
    .filter((path) => !excluded.some((glob) => matchesGlob(path, glob)));

  expect(measured).toContain('relay/store/store.ts');
  expect(measured.filter(hasOnlyTypes)).toEqual([]);
});
