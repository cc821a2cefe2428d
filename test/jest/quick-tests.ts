/** The test files of `npm test`: those that need nothing outside of their own thread. */

import { existsSync, globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

/**
 * Modules of test files that are not quick: processes, threads, browsers, bundlers, the linter, HTTP servers, the whole
 * contract of the store, days of deliveries, and simulated years.
 */
const SLOW_MODULES = [
  ...['node:child_process', 'node:worker_threads', 'playwright-core', 'esbuild', 'eslint'],
  'relay/store/sqlite/sqlite-thread.ts',
  ...['node:http', 'node:net', 'fastify', 'relay/relay.ts', 'relay/http/server.ts'],
  ...['relay/test/store/contract.ts', 'relay/test/delivery/dispatcher-bed.ts'],
  'relay/test/store/problems/simulated-agencies.ts',
];

/** Directories of modules that tests share. A module of the product may import a slow module without using it. */
const SHARED = /^(?:test|local|snapshots|relay\/(?:test|harness))\//;

const IMPORT = /^(?:import|export|\} from)\b[^'\n]*'([^']+)'|\bimport\('([^']+)'\)/gm;

/** Returns the modules that a module imports: paths from the repository's folder, and names of packages. */
function importsOf(path: string): string[] {
  const code = stripTypeScriptTypes(readFileSync(path, 'utf8'));
  const names = [...code.matchAll(IMPORT)].map(([, from, dynamic]) => from ?? dynamic ?? '');
  return names.map((name) => (name.startsWith('.') ? join(path, '..', name) : name));
}

/** Returns a function that decides if a module, or a shared module of tests that it imports, imports a slow module. */
function slownessOf(): (path: string) => boolean {
  const known = new Map<string, boolean>();
  const isSlow = (path: string): boolean => {
    const result = known.get(path);
    if (result !== undefined) return result;
    // Ends cycles of imports.
    known.set(path, false);
    const imports = importsOf(path);
    const slow =
      imports.some((name) => SLOW_MODULES.includes(name)) ||
      imports.some((name) => SHARED.test(name) && name.endsWith('.ts') && existsSync(name) && isSlow(name));
    known.set(path, slow);
    return slow;
  };
  return isSlow;
}

/** Returns the paths of the quick test files from the repository's folder, which is the current one. */
export function quickTests(): string[] {
  const isSlow = slownessOf();
  return globSync('{test,relay/test}/**/*.test.ts').filter((path) => !isSlow(path));
}
