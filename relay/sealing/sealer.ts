/**
 * Sealing of incoming deliveries. A sealed delivery can be opened only with the private key of its channel's
 * integration. No code that runs after the sealer sees a body.
 *
 * A delivery of normal size is sealed immediately. Large deliveries are compressed outside the event loop, one at a
 * time, because compression takes several times their size in memory. The deliveries of a channel stay in order.
 */

import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync } from 'node:zlib';

import {
  COMPRESS_FROM_BYTES,
  ENCODING_DEFLATE,
  ENCODING_PLAIN,
  type ContentEncoding,
  type DeliveryContent,
  type DeliveryMetadata,
} from '../../wire/sealing/format.ts';
import { encodeContent, sealContent, sealDelivery, sealInSteps } from '../../wire/sealing/seal.ts';
import { digestInSteps, digestOf } from '../store/digest.ts';
import type { NewDelivery } from '../store/delivery.ts';
import type { DataKey, DataKeys } from './data-keys.ts';
import { RoutingReader } from './routing-reader.ts';

const deflate = promisify(deflateRaw);

/** Maximum size of a body that is compressed and sealed immediately. This takes at most about a millisecond. */
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

/** Seals the deliveries of a process. */
export class Sealer {
  readonly #dataKeys: Pick<DataKeys, 'of' | 'forget'>;
  readonly #reader: Pick<RoutingReader, 'routingOf'>;
  /** The newest delivery of each channel that was not sealed immediately. */
  readonly #pending = new Map<string, Promise<NewDelivery>>();
  #largeTurn: Promise<unknown> = Promise.resolve();

  constructor(
    dataKeys: Pick<DataKeys, 'of' | 'forget'>,
    reader: Pick<RoutingReader, 'routingOf'> = new RoutingReader(),
  ) {
    this.#dataKeys = dataKeys;
    this.#reader = reader;
  }

  /**
   * Seals a delivery.
   *
   * @param sealKey - the public seal key of the channel
   * @returns a promise for a large delivery, for a delivery queued behind it, and for the first delivery sealed under a
   *   data key
   */
  seal(received: ReceivedDelivery, sealKey: Buffer): NewDelivery | Promise<NewDelivery> {
    const { channel, body } = received;
    const previous = this.#pending.get(channel);
    const dataKey = previous || body.length > LARGE_BYTES ? null : this.#dataKeys.of(channel, sealKey);
    if (dataKey && !(dataKey instanceof Promise)) return this.#sealNow(received, sealKey, dataKey);
    const pending = dataKey
      ? dataKey.then((key) => this.#sealNow(received, sealKey, key))
      : this.#sealLater(received, sealKey, previous);
    this.#pending.set(channel, pending);
    const settle = (): void => {
      if (this.#pending.get(channel) === pending) this.#pending.delete(channel);
    };
    pending.then(settle, settle);
    return pending;
  }

  /** Drops the data key of a channel that no longer exists. */
  forget(channel: string): void {
    this.#dataKeys.forget(channel);
  }

  async #sealLater(
    received: ReceivedDelivery,
    sealKey: Buffer,
    previous: Promise<NewDelivery> | undefined,
  ): Promise<NewDelivery> {
    // If the previous delivery fails, its own sender receives the error.
    await previous?.catch(() => undefined);
    if (received.body.length > LARGE_BYTES) return this.#inTurn(() => this.#sealLarge(received, sealKey));
    return this.#sealNow(received, sealKey, await this.#dataKeys.of(received.channel, sealKey));
  }

  /** Runs one task at a time, in order. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#largeTurn.then(task);
    this.#largeTurn = turn.catch(() => undefined);
    return turn;
  }

  #sealNow(received: ReceivedDelivery, sealKey: Buffer, dataKey: DataKey): NewDelivery {
    const delivery = this.#unsealed(received, digestOf(received));
    if (delivery.actions?.length === 0) return delivery;
    const metadata = metadataOf(delivery, dataKey);
    if (received.body.length <= COMPRESS_FROM_BYTES) {
      return withContent(delivery, sealKey, dataKey, sealDelivery(dataKey.key, metadata, received));
    }
    const content = encodeContent(received);
    const encoded = shorter(content, deflateRawSync(content, COMPRESSION));
    return withContent(delivery, sealKey, dataKey, sealContent(dataKey.key, metadata, ...encoded));
  }

  /** Seals a large delivery in steps of a few milliseconds, so that other requests proceed between two steps. */
  async #sealLarge(received: ReceivedDelivery, sealKey: Buffer): Promise<NewDelivery> {
    const delivery = this.#unsealed(received, await digestInSteps(received, nextTurn));
    if (delivery.actions?.length === 0) return delivery;
    const content = encodeContent(received);
    const encoded = shorter(content, await deflate(content, COMPRESSION));
    const dataKey = await this.#dataKeys.of(received.channel, sealKey);
    const sealed = await sealInSteps(dataKey.key, metadataOf(delivery, dataKey), ...encoded, nextTurn);
    return withContent(delivery, sealKey, dataKey, sealed);
  }

  /** Returns a delivery without its content. */
  #unsealed({ channel, body, receivedAt }: ReceivedDelivery, digest: Buffer): NewDelivery {
    const routing = this.#reader.routingOf(channel, body);
    return { channel, id: randomUUID(), receivedAt, ...routing, digest, content: null };
  }
}

/** Returns the encoding byte and the bytes of the shorter form of the content. */
const shorter = (content: Uint8Array, compressed: Uint8Array): [ContentEncoding, Uint8Array] =>
  compressed.length < content.length ? [ENCODING_DEFLATE, compressed] : [ENCODING_PLAIN, content];

function metadataOf(delivery: NewDelivery, { id: keyId }: DataKey): DeliveryMetadata {
  const { channel, id, receivedAt, actions, model, subjectId, eventTime } = delivery;
  return { channel, id, keyId, receivedAt, actions, model, subjectId, eventTime };
}

/** Adds the sealed content to a delivery. */
const withContent = (delivery: NewDelivery, sealKey: Buffer, dataKey: DataKey, sealed: Buffer): NewDelivery => ({
  ...delivery,
  content: { keyId: dataKey.id, wrappedKey: dataKey.wrapped, sealKey, sealed },
});
