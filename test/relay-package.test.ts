/** The two lists of the relay's packages: the root's, for development, and the relay's own, for its deployment. */

import { readFileSync } from 'node:fs';

import { expect, it } from '@jest/globals';

interface Lockfile {
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const lockfile = (path: string): Lockfile => JSON.parse(readFileSync(path, 'utf8')) as Lockfile;

it('contains the same versions in relay/package.json and relay/package-lock.json as at the root', () => {
  const { '': relay, ...relayPackages } = lockfile('relay/package-lock.json').packages;
  const { '': root, ...rootPackages } = lockfile('package-lock.json').packages;
  const versions = { ...(root?.dependencies as object), ...(root?.devDependencies as object) };
  expect(versions).toMatchObject({ ...(relay?.dependencies as object), ...(relay?.devDependencies as object) });

  const integrity = (packages: Lockfile['packages']) =>
    Object.keys(relayPackages).map((path) => `${path}: ${String(packages[path]?.integrity)}`);
  expect(integrity(relayPackages)).toContainEqual(expect.stringMatching(/^node_modules\/fastify: sha512-/));
  expect(integrity(relayPackages)).toEqual(integrity(rootPackages));
});
