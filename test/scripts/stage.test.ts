import { readFileSync } from 'node:fs';

import { expect, it } from '@jest/globals';

import ownPackage from '../../package.json' with { type: 'json' };
import { packageOfApp } from '../../scripts/stage.ts';

it('the package.json of the app has the packages that it loads and those that build it, and no other script', () => {
  const { name, version, dependencies, devDependencies } = ownPackage;
  const { esbuild, node } = devDependencies;
  expect(packageOfApp(readFileSync('package.json', 'utf8'))).toMatchObject({
    name,
    version,
    private: true,
    exports: './dist/index.js',
    scripts: { build: expect.stringMatching(/^node .*scripts\/stage\.ts$/) },
    dependencies,
    devDependencies: { esbuild, node },
  });
  const built = packageOfApp(readFileSync('package.json', 'utf8')) as typeof ownPackage;
  expect([Object.keys(built.scripts), Object.keys(built.devDependencies)]).toEqual([['build'], ['esbuild', 'node']]);
});

it.each(['[]', '{}'])('a package.json of %s is refused', (text) => {
  expect(() => packageOfApp(text)).toThrow('package.json is malformed.');
});
