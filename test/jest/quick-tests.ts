/** The test files of `npm test`: files that need nothing outside of their own thread, and little CPU time. */

import { existsSync, globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

/** Modules of test files that are not quick: processes, threads, browsers, bundlers, the linter and HTTP servers. */
const SLOW_MODULES = [
  ...['node:child_process', 'node:worker_threads', 'playwright-core', 'esbuild', 'eslint'],
  'relay/store/sqlite/sqlite-thread.ts',
  ...['node:http', 'node:net', 'fastify', 'relay/relay.ts', 'relay/http/server.ts'],
];

/**
 * Matches the tag in the first comment of a slow file: a test file, or a module that tests share, that takes too many
 * seconds of CPU time.
 */
const SLOW_TAG = /^ \* @slow\b/m;

/**
 * Matches the directories of modules that tests share. Imports of all other modules are not followed, because a test
 * can load a module of the product without using its slow imports.
 */
const SHARED = /^(?:test|local|snapshots|relay\/(?:test|harness))\//;

/** The module that runs tests with a PostgreSQL server only if the run provides a server. */
const FOR_EACH_DATABASE = 'relay/test/support/each-database.ts';

const IMPORT = /^(?:import|export|\} from)\b[^'\n]*'([^']+)'|\bimport\('([^']+)'\)/gm;

/** Returns the modules that a module imports: paths from the repository's folder, and names of packages. */
function importsOf(path: string, source: string): string[] {
  const names = [...stripTypeScriptTypes(source).matchAll(IMPORT)].map(([, from, dynamic]) => from ?? dynamic ?? '');
  return names.map((name) => (name.startsWith('.') ? join(path, '..', name) : name));
}

/**
 * Returns a function that returns true if a module, or a shared module of tests that it imports, imports a slow module
 * or has the tag.
 */
function slownessOf(): (path: string) => boolean {
  const known = new Map([[FOR_EACH_DATABASE, false]]);
  const isSlow = (path: string): boolean => {
    const result = known.get(path);
    if (result !== undefined) return result;
    // Set before the recursion, to end cycles of imports.
    known.set(path, false);
    const source = readFileSync(path, 'utf8');
    const imports = importsOf(path, source);
    const slow =
      SLOW_TAG.test(source) ||
      imports.some((name) => SLOW_MODULES.includes(name)) ||
      imports.some((name) => SHARED.test(name) && name.endsWith('.ts') && existsSync(name) && isSlow(name));
    known.set(path, slow);
    return slow;
  };
  return isSlow;
}

/** Returns the paths of the quick test files relative to the repository's folder, which is the current folder. */
export function quickTests(): string[] {
  const isSlow = slownessOf();
  return globSync('{test,relay/test}/**/*.test.ts').filter((path) => !isSlow(path));
}
