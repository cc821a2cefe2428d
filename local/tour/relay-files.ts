/** The chapter that searches the relay's files for the people whose events passed through the relay. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isJsonObject } from '../../wire/json.ts';

const PERSONAL_FIELD = /(?:^|_)name$|^(?:topic|email|street|town|address|mobile|phone)$/;

/** Minimum length of a text to search for. Sealed bytes may contain a shorter text by chance. */
const MIN_LENGTH = 6;

/** Returns the names, addresses and topics in deliveries or in a value of a delivery. */
export function personalTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(personalTexts);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([field, entry]) => {
    if (typeof entry !== 'string') return personalTexts(entry);
    return PERSONAL_FIELD.test(field) && entry !== '' ? [entry] : [];
  });
}

/**
 * Returns a text that lists the relay's files that contain names.
 * @param texts - names, addresses and topics that the relay has received; texts shorter than {@link MIN_LENGTH} are
 * ignored
 */
export function relayFilesText(folder: string, texts: readonly string[]): string {
  const distinct = [...new Set(texts)].filter(({ length }) => length >= MIN_LENGTH);
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  const lines = files.map((name) => {
    const content = readFileSync(join(folder, name));
    const size = `${Math.ceil(content.length / 1000)} kB`;
    const found = distinct.filter((text) => content.includes(text));
    return `  ${name.padEnd(18)} ${size.padStart(7)}  ${found.length === 0 ? 'contains none of them' : `contains ${found.join(', ')}`}`;
  });
  return [
    `The relay received ${distinct.length} names, addresses and topics, such as "${distinct[0] ?? ''}". It seals every event ` +
      'on arrival.',
    ...lines,
    'To look for yourself before you stop the relay, run these commands:',
    `  cd ${folder}`,
    `  strings ${files.join(' ')}`,
  ].join('\n');
}
