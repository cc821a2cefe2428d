/** The patch of zapier-platform-cli, whose push first copies the project. */

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

const { copyDir } = createRequire(import.meta.url)('zapier-platform-cli/src/utils/files.js') as {
  readonly copyDir: (from: string, to: string) => Promise<unknown>;
};

it('copies a project while a relay listens on its admin socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-copy-'));
  const project = join(folder, 'project');
  mkdirSync(join(project, 'src'), { recursive: true });
  writeFileSync(join(project, 'src', 'a.ts'), '');
  const server = createServer().listen(join(project, 'relay.sqlite.sock'));
  try {
    await once(server, 'listening');
    await copyDir(project, join(folder, 'copy'));
    expect(readdirSync(join(folder, 'copy'), { recursive: true })).toEqual(['src', join('src', 'a.ts')]);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});
