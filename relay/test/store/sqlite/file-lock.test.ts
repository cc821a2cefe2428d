import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { checkUnlocked } from '../../../store/sqlite/file-lock.ts';
import { openSqliteStore } from '../../../store/sqlite/open-file.ts';
import { TEST_OPTIONS } from '../../support/store-context.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();

it('the file of a store is locked against a second process', async () => {
  const path = join(folder, 'relay.sqlite');
  const store = openSqliteStore(path, TEST_OPTIONS);
  const script =
    `import('${new URL('../../../store/sqlite/open-file.ts', import.meta.url).href}')` +
    `.then((m) => m.openSqliteStore(${JSON.stringify(path)}, {})).catch((error) => console.log(error.message))`;
  const { stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', script], {
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/^Another process uses .*Stop that process first\. .*\n$/);
  await store.close();
});

it('a file is unlocked before it is opened for the first time, and after it was closed', async () => {
  const path = join(folder, 'other.sqlite');
  expect(() => {
    checkUnlocked(path);
  }).not.toThrow();
  const store = openSqliteStore(path, TEST_OPTIONS);
  expect(() => {
    checkUnlocked(path);
  }).toThrow('database is locked');
  await store.close();
  expect(() => {
    checkUnlocked(path);
  }).not.toThrow();
});
