/** The imports of the product, types included. */

import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, it } from '@jest/globals';
import ts from 'typescript';

/** The modules that each module imports. */
const imports = new Map(
  globSync('{index.ts,{src,wire,objects,triggers,searches,creates,relay,console,local,scripts}/**/*.{ts,tsx}}')
    .filter((path) => !/^relay\/(?:test|dist[^/]*)\//.test(path))
    .map((path) => [
      path,
      ts
        .preProcessFile(readFileSync(path, 'utf8'))
        .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) => join(dirname(path), fileName)),
    ]),
);

/** Returns the first cycle that a depth-first search finds; null if there is none. */
function firstCycle(): string[] | null {
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return null;
    for (const imported of imports.get(path) ?? []) {
      const cycle = visit(imported, [...trail, path]);
      if (cycle) return cycle;
    }
    finished.add(path);
    return null;
  };
  return [...imports.keys()].reduce<string[] | null>((found, path) => found ?? visit(path, []), null);
}

it('form no cycle', () => {
  expect(imports.size).toBeGreaterThan(300);
  expect(imports.get('src/trigger.ts')).toContain('src/event-source.ts');
  expect(firstCycle()).toBeNull();
});
