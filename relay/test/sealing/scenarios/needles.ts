/** Searches files for texts, in every encoding that a program could have used to write the texts. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A byte sequence to search for, with a name that appears in test failures. */
export interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Returns a text in every encoding. @param text - at least 9 ASCII characters */
export function needlesOf(text: string): Needle[] {
  const bytes = Buffer.from(text);
  const encodings: Record<string, Buffer> = {
    'UTF-8': bytes,
    'UTF-16LE': Buffer.from(text, 'utf16le'),
    'UTF-16BE': Buffer.from(text, 'utf16le').swap16(),
    hex: Buffer.from(bytes.toString('hex')),
    'upper-case hex': Buffer.from(bytes.toString('hex').toUpperCase()),
    // JSON writes a Buffer as a list of numbers.
    numbers: Buffer.from([...bytes].join(',')),
  };
  // Base64 encodes three bytes at a time, so a text has three encodings. The ends of an encoding depend on the bytes
  // before and after the text.
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    encodings[`base64 ${offset}`] = Buffer.from(encoded.slice(4, -4));
  }
  return Object.entries(encodings).map(([name, encoded]) => ({ name: `${name} of ${text}`, bytes: encoded }));
}

/** Returns a file's bytes; an empty buffer if the file has been deleted. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/** Returns the names of the needles that content contains. */
export const namesIn = (content: Buffer, needles: readonly Needle[]): string[] =>
  needles.filter(({ bytes }) => content.includes(bytes)).map(({ name }) => name);

/**
 * Searches all files in folders and their subfolders, except sockets. Returns matches such as `relay.sqlite: UTF-8 of
 * Ada`.
 */
export function search(folders: readonly string[], needles: readonly Needle[]) {
  const entries = folders.flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }));
  const files = entries.filter((entry) => entry.isFile());
  let bytes = 0;
  const found = files.flatMap(({ parentPath, name }) => {
    const content = contentOf(join(parentPath, name));
    bytes += content.length;
    return namesIn(content, needles).map((needle) => `${name}: ${needle}`);
  });
  return { found, files: files.length, bytes };
}
