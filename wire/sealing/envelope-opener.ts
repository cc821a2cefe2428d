/** Opens envelopes with the private key of their channel's integration. Runs in Node.js. */

import { deriveChannel, deriveToken } from '../capability.ts';
import {
  readEnvelope,
  type DeliveryContent,
  type DeliveryMetadata,
  type SealedDelivery,
  SealingRejection,
} from './format.ts';
import { unwrapDataKey } from './key-wrap.ts';
import { nodeRuntime } from './node-runtime.ts';
import { openContent } from './open.ts';
import { deriveSealKeyPair, sealKeySeed } from './seal-key.ts';

/** Maximum number of unwrapped data keys in memory. A channel has one data key per relay process and day. */
const MAX_DATA_KEYS = 64;

export interface OpenedContent extends DeliveryContent {
  readonly metadata: DeliveryMetadata;
}

/** An opened envelope. */
export interface OpenedDelivery extends OpenedContent {
  /** The newest delivery from before the burst; null if there is none or if it cannot be opened. */
  readonly previous: OpenedContent | null;
  /** The deliveries of the burst that arrived before this delivery and can be opened, in the order of the envelope. */
  readonly burst: readonly OpenedContent[];
  /** True if, according to the relay, the same body and signature arrived more than 72 hours earlier. */
  readonly isRepeat: boolean;
}

function bytesOf(base64: string): Uint8Array {
  try {
    return nodeRuntime.fromBase64(base64);
  } catch {
    throw new SealingRejection('damaged');
  }
}

/**
 * Maximum difference between the clocks of two relay processes. Arrival times can contradict the order of arrival by up
 * to this difference.
 */
const MAX_CLOCK_DIFFERENCE_MS = 5 * 60 * 1000;

/**
 * Returns false if a delivery cannot have arrived before a later delivery. The arrival times are authenticated with the
 * sealed deliveries. The relay determines the exact order: an envelope contains only earlier deliveries that were
 * stored before the delivery itself.
 */
const mayHaveArrivedBefore = (earlier: DeliveryMetadata, later: DeliveryMetadata): boolean =>
  earlier.receivedAt <= later.receivedAt + MAX_CLOCK_DIFFERENCE_MS;

/**
 * Opens the envelopes of one channel. Keeps the data keys that it has unwrapped, but not the private key. Opening an
 * envelope takes 17 µs if the data key is cached, and 1 ms otherwise.
 */
export class EnvelopeOpener {
  readonly #channel: string;
  readonly #seed: Uint8Array;
  #sealKeyPair: ReturnType<typeof deriveSealKeyPair> | null = null;
  readonly #dataKeys = new Map<string, Promise<Uint8Array>>();

  /** @throws {RangeError} if the private key has fewer than 20 characters */
  constructor(privateKey: string, origin: string) {
    this.#channel = deriveChannel(deriveToken(privateKey, origin));
    this.#seed = sealKeySeed(privateKey);
  }

  sealKeyPair(): ReturnType<typeof deriveSealKeyPair> {
    return (this.#sealKeyPair ??= deriveSealKeyPair(this.#seed));
  }

  /**
   * Unwraps a data key of the channel. @throws {SealingRejection} if the key is not a valid wrapped key of the channel
   */
  async unwrapDataKey(keyId: string, wrappedKey: string): Promise<Uint8Array> {
    const { keys } = await this.sealKeyPair();
    return unwrapDataKey(keys, bytesOf(wrappedKey), { channel: this.#channel, keyId });
  }

  #dataKeyOf({ metadata: { keyId }, wrappedKey }: SealedDelivery): Promise<Uint8Array> {
    // The wrapped key is part of the cache key, so that the same key id with a different wrapped key does not match.
    const name = `${keyId} ${wrappedKey}`;
    const known = this.#dataKeys.get(name);
    if (known) return known;
    if (this.#dataKeys.size === MAX_DATA_KEYS) this.#dataKeys.clear();
    const dataKey = this.unwrapDataKey(keyId, wrappedKey);
    this.#dataKeys.set(name, dataKey);
    return dataKey;
  }

  async #openDelivery(delivery: SealedDelivery): Promise<OpenedContent> {
    const { metadata } = delivery;
    if (metadata.channel !== this.#channel) throw new SealingRejection('other-channel');
    return { ...(await openContent(nodeRuntime, await this.#dataKeyOf(delivery), delivery)), metadata };
  }

  /**
   * Opens an earlier delivery. Returns null if the earlier delivery cannot be opened, or cannot have arrived before the
   * given delivery.
   */
  async #openEarlier(earlier: SealedDelivery | null, { metadata }: SealedDelivery): Promise<OpenedContent | null> {
    if (!earlier || !mayHaveArrivedBefore(earlier.metadata, metadata)) return null;
    try {
      return await this.#openDelivery(earlier);
    } catch {
      // An earlier delivery that cannot be opened must not cause the delivery itself to be rejected.
      return null;
    }
  }

  /**
   * Opens an envelope that has been parsed. @throws {SealingRejection} if the envelope or its delivery cannot be opened
   */
  async open(value: unknown): Promise<OpenedDelivery> {
    const { previous, burst, isRepeat, ...delivery } = readEnvelope(value);
    // The deliveries can have different data keys. Unwrapping several keys concurrently takes no longer than unwrapping
    // one key.
    const [opened, openedPrevious = null, ...openedBurst] = await Promise.all([
      this.#openDelivery(delivery),
      ...[previous, ...burst].map((earlier) => this.#openEarlier(earlier, delivery)),
    ]);
    return { ...opened, previous: openedPrevious, burst: openedBurst.filter((each) => each !== null), isRepeat };
  }

  /** Opens the text of an envelope. @throws {SealingRejection} if the envelope or its delivery cannot be opened */
  async openText(text: string): Promise<OpenedDelivery> {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new SealingRejection('malformed');
    }
    return this.open(value);
  }
}
