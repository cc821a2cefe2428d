/**
 * The files that `deploy/Dockerfile` and `.dockerignore` put into the relay's image. `npm run deploy:check` builds the
 * image.
 */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import ownPackage from '../package.json' with { type: 'json' };

const dockerfile = readFileSync('deploy/Dockerfile', 'utf8');
const [, consoleStage = '', , relayStage = ''] = dockerfile.split(/\n(?=FROM )/);

/** The files that the last stage copies from the checkout into the working directory. */
const copies = [...relayStage.matchAll(/^COPY (?!--from)(?:--\S+ )*(.+) (?!\/)(\S+)$/gm)].flatMap(
  ([, sources = '', target = '']) => sources.split(' ').map((source) => ({ source: normalize(source), target })),
);

const ignoredPaths = readFileSync('.dockerignore', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** Returns the files that a module needs at run time: itself, its imports and the files it names by URL, recursively. */
function filesNeededBy(module: string, found = new Set<string>()): Set<string> {
  if (found.has(module)) return found;
  found.add(module);
  if (!module.endsWith('.ts')) return found;
  const source = readFileSync(module, 'utf8');
  const imports = source.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'(\.{1,2}\/[^']+)'/g);
  const urls = source.matchAll(/new URL\('([^']+)', import\.meta\.url\)/g);
  for (const [, path = ''] of [...imports, ...urls]) filesNeededBy(join(dirname(module), path), found);
  return found;
}

/** The files of the checkout that a relay needs. The first stage builds the folder of the console. */
const neededFiles = [...filesNeededBy('relay/main.ts')].filter((file) => file !== 'console/dist');

const isBelow = (file: string, path: string): boolean => file === path || file.startsWith(`${path}/`);

describe('deploy/Dockerfile', () => {
  it('copies paths that exist to the same paths in the image', () => {
    expect(copies).not.toEqual([]);
    expect(copies.filter(({ source }) => !existsSync(source))).toEqual([]);
    for (const { source, target } of copies) {
      const path = target.endsWith('/') ? join(target, source.split('/').at(-1) ?? '') : normalize(target);
      expect(path).toBe(source);
    }
  });

  it('builds the console from a copy of the checkout, and copies it to the folder from which the relay serves it', () => {
    const scripts = [...consoleStage.matchAll(/npm run (\S+)/g)].map(([, script]) => script);
    expect(consoleStage).toMatch(/^COPY \. \.$/m);
    expect(scripts).toEqual(['build:console']);
    expect(Object.keys(ownPackage.scripts)).toEqual(expect.arrayContaining(scripts));
    expect(relayStage).toMatch(/^COPY --from=console \/app\/console\/dist console\/dist$/m);
  });

  it('installs packages before it copies sources, so that a change of a source does not repeat the installation', () => {
    const [instructions] = consoleStage.split(/^RUN npm ci/m);
    expect(instructions?.match(/^COPY .*$/gm)).toEqual([
      'COPY package.json package-lock.json ./',
      'COPY relay/package.json relay/',
    ]);
  });

  it('copies every file that the relay needs', () => {
    expect(neededFiles).toContain('relay/store/sqlite/sqlite-worker.ts');
    expect(neededFiles.filter((file) => !existsSync(file))).toEqual([]);
    expect(neededFiles.filter((file) => !copies.some(({ source }) => isBelow(file, source)))).toEqual([]);
  });
});

describe('.dockerignore', () => {
  it('omits no file that the relay needs', () => {
    expect(ignoredPaths).toContain('relay/test');
    expect(neededFiles.filter((file) => ignoredPaths.some((path) => isBelow(file, path)))).toEqual([]);
  });
});
