import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, it } from '@jest/globals';

import { temporaryFolder } from '../../relay/test/support/temporary-folder.ts';
import { hashOfRelaySources } from '../../scripts/relay-sources.ts';

const root = temporaryFolder();

/** Writes a file of the checkout. Returns true if the build is then outdated. */
function isOutdatedAfter(path: string, text: string): boolean {
  const before = hashOfRelaySources(root);
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), text);
  return hashOfRelaySources(root) !== before;
}

it.each([
  'relay/main.ts',
  'relay/store/migrations/001-initial.sql',
  'console/views/app.tsx',
  'console/console.css',
  'wire/json.ts',
  'objects/samples/lesson.json',
  'src/record/layout.ts',
  'triggers/lesson.ts',
  'scripts/build-relay.ts',
  'scripts/relay-sources.ts',
  'package-lock.json',
])('a new or changed %s makes the build outdated', (path) => {
  expect([isOutdatedAfter(path, '1'), isOutdatedAfter(path, '1'), isOutdatedAfter(path, '2')]).toEqual([
    true,
    false,
    true,
  ]);
});

it.each([
  'relay/dist/main.ts',
  'relay/dist-12/main.ts',
  'relay/test/relay.test.ts',
  'relay/harness/until.ts',
  'relay/bench/main.ts',
  'relay/chaos/main.ts',
  'scripts/zapier.ts',
  'docs/relay.md',
])('a change of %s does not', (path) => {
  expect(isOutdatedAfter(path, '1')).toBe(false);
});

it('a source with another name makes the build outdated', () => {
  const before = hashOfRelaySources(root);
  renameSync(join(root, 'wire/json.ts'), join(root, 'wire/jsons.ts'));
  expect(hashOfRelaySources(root)).not.toBe(before);
});
