/** A stand-in for the sealer in the systems that the relay is compared with, which store bodies as they arrive. */

import { randomUUID } from 'node:crypto';

import { SEAL_KEY } from '../harness/sample-delivery.ts';
import type { Sealer } from '../sealing/sealer.ts';
import { RoutingReader } from '../sealing/routing-reader.ts';

const NO_BYTES = Buffer.alloc(0);
const reader = new RoutingReader();

/** Reads the routing of a delivery like the relay, and leaves the body unchanged. */
export const unsealed: Pick<Sealer, 'seal' | 'forget'> = {
  seal: ({ channel, body, receivedAt }) => ({
    channel,
    id: randomUUID(),
    receivedAt,
    ...reader.routingOf(channel, body),
    digest: NO_BYTES,
    content: { keyId: '', wrappedKey: NO_BYTES, sealKey: SEAL_KEY, sealed: body },
  }),
  forget: () => undefined,
};
