/** The search on which the tests of sealed stores rely. */

import { expect, it } from '@jest/globals';

import { namesIn, needlesOf } from './needles.ts';

it.each(['Quillfeather', 'Honeysuckle Crescent', 'safeguarding-note-of-a-child'])(
  'finds %s in every encoding and between other bytes',
  (text) => {
    const between = (encoding: BufferEncoding, start = 'a') =>
      Buffer.from(Buffer.from(`${start}${text}..`).toString(encoding));
    const contents = [
      Buffer.from(`a${text}b`),
      Buffer.from(`a${text}b`, 'utf16le'),
      Buffer.from(`a${text}b`, 'utf16le').swap16(),
      between('hex'),
      Buffer.from(between('hex').toString().toUpperCase()),
      Buffer.from(JSON.stringify(Buffer.from(`a${text}b`))),
      ...['a', 'ab', 'abc', 'abcd'].flatMap((start) => [between('base64', start), between('base64url', start)]),
    ];
    expect(contents.filter((content) => namesIn(content, needlesOf(text)).length === 0)).toEqual([]);
  },
);
