/** SHA-256 in Node.js, for the ids of records. */

import { hash } from 'node:crypto';

import type { Hash } from '../record/event.ts';

/** Returns the hash of a string's UTF-8 bytes as 64 hexadecimal digits. */
export const sha256: Hash = (text) => hash('sha256', text);
