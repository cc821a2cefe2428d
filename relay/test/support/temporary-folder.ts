import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll } from '@jest/globals';

/**
 * Creates a folder that is deleted after the tests. The path of the folder is short, because the length of socket paths
 * is limited.
 */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'relay-'));
  afterAll(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}
