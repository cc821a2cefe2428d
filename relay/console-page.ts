/** The console's page, which `npm run build:relay` builds and the relay serves from memory. */

import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { CONSOLE_PAGE } from './paths.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file of the page. */
export type PageFile = ReturnType<typeof pageFile>;

/** The files of the page: `index.html`, and files whose names contain a hash of their contents. */
export type ConsolePage = readonly PageFile[];

/** Creates a file of the page. @throws {Error} if the type of the file is unknown */
export function pageFile(name: string, body: Buffer) {
  const contentType = CONTENT_TYPES[extname(name)];
  if (contentType === undefined) throw new Error(`The console's page has no files such as ${name}. Build it again.`);
  // With this memory level, zlib ends its blocks earlier, which makes the page smaller.
  return { name, contentType, body, gzipped: gzipSync(body, { level: 9, memLevel: 7 }) };
}

/** Reads the page. Returns null if the page has not been built. */
export async function readConsolePage(folder = fileURLToPath(CONSOLE_PAGE)): Promise<ConsolePage | null> {
  const names = await readdir(folder).catch(() => null);
  return names && Promise.all(names.map(async (name) => pageFile(name, await readFile(join(folder, name)))));
}
