import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { pageFile, readConsolePage } from '../console-page.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const folder = temporaryFolder();

it("the console's page is missing if it has not been built", async () => {
  expect(await readConsolePage(join(folder, 'no-such-console'))).toBeNull();
});

it("the console's page is read from the files of its folder, whose types must be known", async () => {
  writeFileSync(join(folder, 'icon-0123456789.svg'), '<svg/>');
  const page = await readConsolePage(folder);
  const read = page?.map(({ name, contentType, body }) => [name, contentType, body.toString()]);
  expect(read).toEqual([['icon-0123456789.svg', 'image/svg+xml', '<svg/>']]);
  expect(() => pageFile('notes.txt', Buffer.alloc(0))).toThrow('notes.txt');
});
