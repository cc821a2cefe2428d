import { expect, it } from '@jest/globals';

import { freeMemory, MAX_SHARED_BYTES } from '../free-memory.ts';

it.each([
  ['empties a large buffer', new Uint8Array(MAX_SHARED_BYTES + 1), 0],
  ['keeps a buffer that may share its memory', new Uint8Array(MAX_SHARED_BYTES), MAX_SHARED_BYTES],
  [
    'keeps memory that threads share',
    new Uint8Array(new SharedArrayBuffer(MAX_SHARED_BYTES + 1)),
    MAX_SHARED_BYTES + 1,
  ],
])('freeMemory() %s', (_what, buffer, length) => {
  freeMemory(buffer);
  expect(buffer).toHaveLength(length);
});
