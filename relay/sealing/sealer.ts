/**
 * Sealing of incoming deliveries. A sealed delivery can be opened only with the private key of its channel's
 * integration. No code that runs after the sealer sees a body.
 *
 * Large deliveries are sealed one at a time and in steps, because compressing a delivery takes several times its size
 * in memory. The deliveries of a channel stay in order.
 */

import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';

import {
  COMPRESS_FROM_BYTES,
  ENCODING_DEFLATE,
  ENCODING_PLAIN,
  type ContentEncoding,
  type DeliveryContent,
  type DeliveryMetadata,
  type RespondedDelivery,
} from '../../wire/sealing/format.ts';
import { encodeContent, sealContent, sealInSteps, sealResponse } from '../../wire/sealing/seal.ts';
import { freeMemory } from '../free-memory.ts';
import { digestInSteps, digestOf } from './digest.ts';
import type { NewDelivery } from '../store/deliveries/new-delivery.ts';
import type { DataKeys } from './data-keys.ts';
import { createRoutingReader, type RoutingReader } from './routing-reader.ts';

const deflate = promisify(deflateRaw);

/** Maximum size of a body that is hashed and sealed in one step, in bytes. The step takes less than a millisecond. */
const LARGE_BYTES = 64 * 1024;
/**
 * The fastest compression level for TutorCruncher's largest deliveries. Higher levels save only a few percent of space.
 */
const COMPRESSION = { level: 3 };

/** A webhook request from TutorCruncher, as it arrived. */
export interface ReceivedDelivery extends DeliveryContent {
  readonly channel: string;
  readonly body: Buffer;
  readonly receivedAt: number;
}

/** The sealer of a process. */
export type Sealer = ReturnType<typeof createSealer>;

/** Creates the sealer of a process. */
export function createSealer(
  dataKeys: Pick<DataKeys, 'of' | 'known' | 'forget'>,
  reader: RoutingReader = createRoutingReader(),
) {
  /** For each channel, the promise of the newest delivery that is being sealed. The promises never reject. */
  const newest = new Map<string, Promise<unknown>>();
  let largeTurn: Promise<unknown> = Promise.resolve();

  /**
   * Seals a delivery. A large delivery takes several steps of a few milliseconds, and other requests proceed between
   * the steps.
   */
  async function sealNow(received: ReceivedDelivery, sealKey: Buffer, isLarge: boolean): Promise<NewDelivery> {
    const { channel, body, receivedAt } = received;
    const routing = reader(channel, body);
    const digest = isLarge ? await digestInSteps(received, nextTurn) : digestOf(received);
    const delivery = { channel, id: randomUUID(), receivedAt, ...routing, digest, content: null };
    if (delivery.actions?.length === 0) return delivery;
    const { id: keyId, key, wrapped: wrappedKey } = await dataKeys.of(channel, sealKey);
    const { id, actions, model, subjectId, eventTime } = delivery;
    const metadata: DeliveryMetadata = { channel, id, keyId, receivedAt, actions, model, subjectId, eventTime };
    const content = encodeContent(received);
    const encoded = await encode(content, body.length > COMPRESS_FROM_BYTES);
    const sealed = isLarge
      ? await sealInSteps(key, metadata, ...encoded, nextTurn)
      : sealContent(key, metadata, ...encoded);
    freeMemory(encoded[1]);
    return { ...delivery, content: { keyId, wrappedKey, sealKey, sealed } };
  }

  /** Seals a small delivery at once, and a large delivery after earlier large deliveries. */
  function sealInTurn(received: ReceivedDelivery, sealKey: Buffer): Promise<NewDelivery> {
    if (received.body.length <= LARGE_BYTES) return sealNow(received, sealKey, false);
    const turn = largeTurn.then(() => sealNow(received, sealKey, true));
    largeTurn = turn.catch(() => undefined);
    return turn;
  }

  return {
    /** Seals a delivery for a public seal key, after earlier deliveries of the same channel. */
    seal: (received: ReceivedDelivery, sealKey: Buffer): Promise<NewDelivery> => {
      const { channel } = received;
      const previous = newest.get(channel) ?? Promise.resolve();
      const sealed = previous.then(() => sealInTurn(received, sealKey));
      const ended = sealed
        .catch(() => undefined)
        .then(() => {
          if (newest.get(channel) === ended) newest.delete(channel);
        });
      newest.set(channel, ended);
      return sealed;
    },

    /** Seals the response to an attempt. Returns null if the data key of the delivery is no longer in memory. */
    sealResponse: async (delivery: RespondedDelivery, text: string): Promise<Buffer | null> => {
      const dataKey = await dataKeys.known(delivery.channel, delivery.keyId);
      return dataKey && sealResponse(dataKey.key, delivery, text);
    },

    /** Drops the data key of a channel that no longer exists. */
    forget: dataKeys.forget,
  };
}

/** Returns the encoding byte and the content, either compressed or plain, whichever is shorter. */
async function encode(content: Uint8Array, mayCompress: boolean): Promise<[ContentEncoding, Uint8Array]> {
  if (!mayCompress) return [ENCODING_PLAIN, content];
  // Size of a chunk that can hold the whole result. zlib would have to copy several chunks into another buffer.
  const chunkSize = content.length + Math.ceil(content.length / 1000) + 64;
  const compressed = await deflate(content, { ...COMPRESSION, chunkSize });
  const isShorter = compressed.length < content.length;
  freeMemory(isShorter ? content : compressed);
  return isShorter ? [ENCODING_DEFLATE, compressed] : [ENCODING_PLAIN, content];
}
