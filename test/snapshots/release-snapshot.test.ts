/** The command that makes the snapshot of a version, with a stand-in for git. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { expect, it } from '@jest/globals';

import ownPackage from '../../package.json' with { type: 'json' };

it.each([
  ['has a tag', `echo v${ownPackage.version}`, `Version ${ownPackage.version} is released (there is a tag`],
  ['may have a tag, because git fails', 'exit 128', `"git tag --list v${ownPackage.version}" failed.`],
])('npm run release:snapshot refuses to change a version that %s', (_name, script, message) => {
  const folder = mkdtempSync(join(tmpdir(), 'release-snapshot-test-'));
  writeFileSync(join(folder, 'git'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'snapshots/release-snapshot.ts'],
    { encoding: 'utf8', env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` } },
  );
  rmSync(folder, { recursive: true });
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: expect.stringContaining(message) });
});
