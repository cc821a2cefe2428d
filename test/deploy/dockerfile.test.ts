/** The files that `deploy/Dockerfile` and `.dockerignore` put into the relay's image. */

import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';

import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';

import ownPackage from '../../package.json' with { type: 'json' };
import relayPackage from '../../relay/package.json' with { type: 'json' };

const dockerfile = readFileSync('deploy/Dockerfile', 'utf8');
const [, buildStage = '', , relayStage = ''] = dockerfile.split(/\n(?=FROM )/);

const ignoredPaths = readFileSync('.dockerignore', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** The files from which the first stage builds the relay. */
const sources = globSync('{relay,console,wire,objects,src,triggers,scripts}/**/*.{ts,tsx,css,html,json,sql}').filter(
  (file) => !file.startsWith('relay/dist/'),
);

const isBelow = (file: string, path: string): boolean => file === path || file.startsWith(`${path}/`);

describe('deploy/Dockerfile', () => {
  it('builds the relay from a copy of the checkout, and copies the build', () => {
    const scripts = [...buildStage.matchAll(/npm run (\S+)/g)].map(([, script]) => script);
    expect(buildStage).toMatch(/^COPY \. \.$/m);
    expect(scripts).toEqual(['build:relay']);
    expect(Object.keys(ownPackage.scripts)).toEqual(expect.arrayContaining(scripts));
    expect(relayStage).toMatch(/^COPY --from=build \/app\/relay\/dist dist$/m);
  });

  it('starts as root with a script of deploy/image, which becomes the user node', () => {
    const [, script = ''] = /^ENTRYPOINT \["([\w-]+)"\]$/m.exec(relayStage) ?? [];
    expect(readFileSync(`deploy/image/${script}`, 'utf8')).toContain('\nexec as-node "$@"\n');
    expect(relayStage).toMatch(/^COPY --chmod=755 deploy\/image\/ \/usr\/local\/bin\/$/m);
    expect(relayStage).not.toMatch(/^USER /m);
  });

  it('installs packages before it copies sources, so that a changed source does not repeat the installation', () => {
    const [instructions] = buildStage.split(/^RUN npm ci/m);
    expect(instructions?.match(/^COPY .*$/gm)).toEqual(['COPY package.json package-lock.json ./']);
  });

  it('installs every package that the built relay imports', async () => {
    const { metafile } = await build({
      entryPoints: ['relay/dist/main.js', 'relay/dist/sqlite-worker.js'],
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      outdir: 'relay/dist',
      metafile: true,
      write: false,
    });
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
    const packages = imports.filter(({ external, path }) => external && !isBuiltin(path)).map(({ path }) => path);
    expect(packages).toEqual(expect.arrayContaining(['fastify', 'better-sqlite3', 'pg']));
    expect(packages.filter((name) => !(name in relayPackage.dependencies))).toEqual([]);
  });
});

describe('.dockerignore', () => {
  it('omits no file that the relay is built from', () => {
    expect(sources).toContain('relay/main.ts');
    expect(sources.filter((file) => ignoredPaths.some((path) => isBelow(file, path)))).toEqual([]);
  });
});

interface Lockfile {
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const lockfile = (path: string): Lockfile => JSON.parse(readFileSync(path, 'utf8')) as Lockfile;

it('relay/package.json and relay/package-lock.json contain the same versions as the files at the root', () => {
  const { '': relay, ...relayPackages } = lockfile('relay/package-lock.json').packages;
  const { '': root, ...rootPackages } = lockfile('package-lock.json').packages;
  const versions = { ...(root?.dependencies as object), ...(root?.devDependencies as object) };
  expect(versions).toMatchObject({ ...(relay?.dependencies as object), ...(relay?.devDependencies as object) });

  const integrity = (packages: Lockfile['packages']) =>
    Object.keys(relayPackages).map((path) => `${path}: ${String(packages[path]?.integrity)}`);
  expect(integrity(relayPackages)).toContainEqual(expect.stringMatching(/^node_modules\/fastify: sha512-/));
  expect(integrity(relayPackages)).toEqual(integrity(rootPackages));
});
