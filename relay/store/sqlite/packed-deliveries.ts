import type { NewDelivery } from '../delivery.ts';

/** The binary parts of a delivery. */
const partsOf = ({ digest, content }: NewDelivery): Uint8Array[] =>
  content ? [digest, content.wrappedKey, content.sealKey, content.sealed] : [digest];

/**
 * Copies the bytes of deliveries into a single buffer, which can be transferred to another thread. Node.js allocates
 * small buffers from pools, so a message with the originals would contain an entire pool for each buffer. Data keys
 * that several deliveries share are copied once.
 *
 * @returns the deliveries with the copies
 */
export function packDeliveries(deliveries: readonly NewDelivery[]): {
  readonly copies: readonly NewDelivery[];
  readonly memory: ArrayBuffer;
} {
  const originals = new Set(deliveries.flatMap(partsOf));
  const memory = new ArrayBuffer([...originals].reduce((sum, { length }) => sum + length, 0));
  const copyOf = new Map<Uint8Array, Uint8Array>();
  let end = 0;
  for (const original of originals) {
    const copy = new Uint8Array(memory, end, original.length);
    copy.set(original);
    copyOf.set(original, copy);
    end += original.length;
  }
  const copied = (original: Uint8Array): Uint8Array => copyOf.get(original) ?? original;
  const copies = deliveries.map((delivery) => ({
    ...delivery,
    digest: copied(delivery.digest),
    content: delivery.content && {
      ...delivery.content,
      wrappedKey: copied(delivery.content.wrappedKey),
      sealKey: copied(delivery.content.sealKey),
      sealed: copied(delivery.content.sealed),
    },
  }));
  return { copies, memory };
}
