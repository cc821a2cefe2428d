/** The reader of a webhook's body. The tests over HTTP do not control the size of the parts in which a body arrives. */

import { Readable } from 'node:stream';

import { expect, it } from '@jest/globals';

import { createBytesInFlight } from '../bytes-in-flight.ts';
import { CHANNEL } from '../harness/sample-delivery.ts';
import { MAX_BODY_BYTES, readBody } from '../http/webhook-body.ts';

/** Reads a chunked body that arrives in parts of these sizes. Returns its size. */
async function sizeRead(...sizes: readonly number[]): Promise<number> {
  const inFlight = createBytesInFlight({ perProcess: 4 * MAX_BODY_BYTES, perChannel: MAX_BODY_BYTES });
  const parts = Readable.from(sizes.map((size) => Buffer.alloc(size)));
  return (await readBody(parts, null, inFlight.open(CHANNEL))).length;
}

it.each([
  ['one part', [MAX_BODY_BYTES]],
  ['a small part and the rest', [1_000, MAX_BODY_BYTES - 1_000]],
  ['the rest and the last byte', [MAX_BODY_BYTES - 1, 1]],
])('reads a body of 10 MB that arrives in %s, and refuses one more byte', async (_, sizes) => {
  expect(await sizeRead(...sizes)).toBe(MAX_BODY_BYTES);
  const [first = 0, ...others] = sizes;
  await expect(sizeRead(first + 1, ...others)).rejects.toMatchObject({ status: 413 });
  await expect(sizeRead(...sizes, 1)).rejects.toMatchObject({ status: 413 });
});
