/** A search for texts in files, including the encodings that a program may have used. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A byte sequence to search for, with a name for test failures. */
export interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * Base64 encodes three bytes at a time, so a string has three encodings, depending on its position in the encoded
 * bytes.
 */
function base64Needles(text: string): Needle[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64');
    // The first and last characters depend on the bytes around the string.
    return { name: `base64 ${offset} of ${text}`, bytes: Buffer.from(encoded.slice(4, -4)) };
  });
}

/**
 * Returns the encodings of a string.
 *
 * @param text - at least 9 ASCII characters
 */
export function needlesOf(text: string): Needle[] {
  const bytes = Buffer.from(text);
  const encodings: Record<string, Buffer> = {
    'UTF-8': bytes,
    'UTF-16LE': Buffer.from(text, 'utf16le'),
    'UTF-16BE': Buffer.from(text, 'utf16le').swap16(),
    hex: Buffer.from(bytes.toString('hex')),
    'upper-case hex': Buffer.from(bytes.toString('hex').toUpperCase()),
    // In JSON, a Buffer is a list of numbers.
    numbers: Buffer.from([...bytes].join(',')),
  };
  return [
    ...Object.entries(encodings).map(([name, encoded]) => ({ name: `${name} of ${text}`, bytes: encoded })),
    ...base64Needles(text),
  ];
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

/** The result of a search. */
export interface SearchResult {
  /** The files with the names of the texts found in them, such as `relay.sqlite: UTF-8 of Ada`. */
  readonly found: readonly string[];
  readonly files: number;
  readonly bytes: number;
}

/** Searches all files below folders, except sockets. */
export function search(folders: readonly string[], needles: readonly Needle[]): SearchResult {
  const found: string[] = [];
  let files = 0;
  let bytes = 0;
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const content = contentOf(join(entry.parentPath, entry.name));
      files++;
      bytes += content.length;
      for (const needle of needles) if (content.includes(needle.bytes)) found.push(`${entry.name}: ${needle.name}`);
    }
  }
  return { found, files, bytes };
}
