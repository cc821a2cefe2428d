/**
 * The format of sealed deliveries. A relay stores and delivers only sealed bytes, and does not keep any key that could
 * open the bytes later.
 *
 * Each process of a relay has a random **data key** (32 bytes) per channel and UTC day, with a UUID as key id. The data
 * key is stored **wrapped**: encrypted with HPKE (RFC 9180, base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
 * AES-256-GCM) for the channel's public seal key, as the encapsulated key (32 bytes) followed by the ciphertext (48
 * bytes). `key-wrap.ts` defines the HPKE `info` and `aad`.
 *
 * The **sealed content** is the nonce (12 random bytes), then the ciphertext and tag (16 bytes) of AES-256-GCM under
 * the data key. The associated data is the UTF-8 JSON text of a list: the name of the format and the metadata, in the
 * order of {@link DeliveryMetadata}. The plaintext is one byte for the encoding of the rest (0: unencoded, 1: raw
 * deflate), then:
 *
 * | Bytes | Contents | | ------- | ---------------------------------------------------------------- | | 2 | length of
 * the signature, big-endian | | 2 | length of the content type, big-endian | | lengths | signature and content type, as
 * received, in UTF-8 | | rest | the body: exactly the bytes that TutorCruncher signed |
 *
 * The **envelope** that a Zap receives is the JSON object of {@link EnvelopeFields}: the metadata, the wrapped data key
 * and the sealed content. The envelope also contains earlier deliveries about the same subject if the relay remembers
 * any, each with the same fields and sealed independently: `burst` lists deliveries of the same burst that arrived
 * before, and `previous` is the newest delivery from before the burst (`relay/store/deliveries/earlier-states.ts`). An
 * earlier delivery that cannot be read or opened does not affect the delivery itself. Readers ignore unknown keys.
 */

import { isJsonObject } from '../json.ts';

/**
 * Reasons for rejecting sealed data. `malformed`: the data is not an envelope in the format of this version.
 * `other-channel`: the data is sealed for a different channel. `damaged`: the data was changed, or sealed for a
 * different key.
 */
export type RejectionReason = 'malformed' | 'other-channel' | 'damaged';

const DESCRIPTIONS: Readonly<Record<RejectionReason, string>> = {
  malformed: 'is not an envelope that this version can read',
  'other-channel': 'is sealed for another channel',
  damaged: 'is damaged, or sealed for another key',
};

/**
 * The only error that reading, unwrapping and opening sealed data can throw. The message contains no part of the data.
 */
export class SealingRejection extends Error {
  override readonly name = 'SealingRejection';
  readonly reason: RejectionReason;

  constructor(reason: RejectionReason) {
    super(`The sealed delivery ${DESCRIPTIONS[reason]}.`);
    this.reason = reason;
  }
}

/** Name of the format in envelopes and in the associated data. */
export const SEALED_FORMAT = 'tutorcruncher-sealed/1';

export const DATA_KEY_BYTES = 32;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
/** Length of a wrapped data key: an X25519 public key, the encrypted data key and a tag. */
export const WRAPPED_KEY_BYTES = 32 + DATA_KEY_BYTES + TAG_BYTES;

/** Size above which a body is compressed before it is sealed. */
export const COMPRESS_FROM_BYTES = 16 * 1024;
/** Maximum number of deliveries of a burst in an envelope: the first delivery and the newest seven. */
export const MAX_BURST_DELIVERIES = 8;
/** Maximum size of an envelope that a relay delivers, in bytes. Zapier accepts requests of up to 10 MB. */
export const MAX_ENVELOPE_BYTES = 9_000_000;
/** Maximum size of decompressed content: the largest body that a relay accepts (10 MiB), plus space for headers. */
export const MAX_CONTENT_BYTES = 10 * 1024 * 1024 + 64 * 1024;

export const ENCODING_PLAIN = 0;
export const ENCODING_DEFLATE = 1;
export type ContentEncoding = typeof ENCODING_PLAIN | typeof ENCODING_DEFLATE;

/** The unencrypted data about a delivery. Times are milliseconds since 1970. */
export interface DeliveryMetadata {
  readonly channel: string;
  /** UUID of the delivery. */
  readonly id: string;
  /** UUID of the data key. */
  readonly keyId: string;
  readonly receivedAt: number;
  /** The distinct actions of the events; null if the relay does not know them. */
  readonly actions: readonly string[] | null;
  /**
   * Key word of the only event's object, numeric id of the event's subject, and time of the event; null if there are
   * several events.
   */
  readonly model: string | null;
  readonly subjectId: string | null;
  readonly eventTime: number | null;
}

/** The fields of a sealed delivery in an envelope. Binary values are in base64 with padding. */
export interface SealedFields {
  readonly format: typeof SEALED_FORMAT;
  readonly channel: string;
  readonly delivery_id: string;
  readonly key_id: string;
  readonly received_at: number;
  readonly actions: readonly string[] | null;
  readonly model: string | null;
  readonly subject_id: string | null;
  readonly event_time: number | null;
  readonly wrapped_key: string;
  readonly sealed: string;
}

export interface EnvelopeFields extends SealedFields {
  /** The newest delivery about the same subject from before the burst; absent if there is none. */
  readonly previous?: SealedFields;
  /**
   * Earlier deliveries of the burst, at most {@link MAX_BURST_DELIVERIES}, ordered by event time and then by arrival;
   * absent if there are no earlier deliveries.
   */
  readonly burst?: readonly SealedFields[];
  /** Present if a person has sent the delivery again from the console. */
  readonly sent_again?: true;
  /** Present if the relay received the same body and signature before, more than 72 hours earlier. */
  readonly is_repeat?: true;
}

/**
 * A well-formed sealed delivery that has not been opened. The wrapped data key and the sealed content are in base64.
 */
export interface SealedDelivery {
  readonly metadata: DeliveryMetadata;
  readonly wrappedKey: string;
  readonly sealed: string;
}

/** A delivery as TutorCruncher sent it. */
export interface DeliveryContent {
  readonly signature: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

const encoded = (...list: readonly unknown[]): Uint8Array => new TextEncoder().encode(JSON.stringify(list));

/** Returns the associated data of sealed content. */
export function associatedDataOf(metadata: DeliveryMetadata): Uint8Array {
  const { channel, id, keyId, receivedAt, actions, model, subjectId, eventTime } = metadata;
  return encoded(SEALED_FORMAT, channel, id, keyId, receivedAt, actions, model, subjectId, eventTime);
}

/** The sealed delivery that the response to an attempt belongs to. */
export type RespondedDelivery = Pick<DeliveryMetadata, 'channel' | 'id' | 'keyId'>;

/**
 * Returns the associated data of a sealed response. The sealed content is the text of a Zap's response to an attempt. A
 * response is sealed like the content of the delivery and under the same data key, but the plaintext is only the text
 * in UTF-8.
 */
export const responseDataOf = ({ channel, id, keyId }: RespondedDelivery): Uint8Array =>
  encoded('attempt response', channel, id, keyId);

/** Size of the two length fields before the signature and the content type, in bytes. */
export const LENGTHS_BYTES = 4;

/**
 * Decodes the part of the plaintext after the encoding byte.
 *
 * @throws {SealingRejection} if the plaintext is too short
 */
export function decodeContent(content: Uint8Array): DeliveryContent {
  if (content.length < LENGTHS_BYTES) throw new SealingRejection('damaged');
  const lengths = new DataView(content.buffer, content.byteOffset);
  const contentTypeStart = LENGTHS_BYTES + lengths.getUint16(0);
  const bodyStart = contentTypeStart + lengths.getUint16(2);
  if (content.length < bodyStart) throw new SealingRejection('damaged');
  const decoder = new TextDecoder();
  return {
    signature: decoder.decode(content.subarray(LENGTHS_BYTES, contentTypeStart)),
    contentType: decoder.decode(content.subarray(contentTypeStart, bodyStart)),
    body: content.subarray(bodyStart),
  };
}

/** Returns the fields of a sealed delivery, in the order in which an envelope contains them. */
export const sealedFields = ({ metadata, wrappedKey, sealed }: SealedDelivery): SealedFields => ({
  format: SEALED_FORMAT,
  channel: metadata.channel,
  delivery_id: metadata.id,
  key_id: metadata.keyId,
  received_at: metadata.receivedAt,
  actions: metadata.actions,
  model: metadata.model,
  subject_id: metadata.subjectId,
  event_time: metadata.eventTime,
  wrapped_key: wrappedKey,
  sealed,
});

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value);
const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string';
const isTime = (value: unknown): value is number => Number.isSafeInteger(value);
const isActions = (value: unknown): value is string[] | null =>
  value === null || (Array.isArray(value) && value.every((action) => typeof action === 'string'));

/** Returns a sealed delivery if all its fields are well-formed, otherwise null. */
function sealedDeliveryIn(value: unknown): SealedDelivery | null {
  if (!isJsonObject(value) || value.format !== SEALED_FORMAT) return null;
  const { channel, delivery_id: id, key_id: keyId, received_at: receivedAt, event_time: eventTime } = value;
  const { actions, model, subject_id: subjectId, wrapped_key: wrappedKey, sealed } = value;
  if (typeof channel !== 'string' || !isUuid(id) || !isUuid(keyId)) return null;
  if (!isTime(receivedAt) || (eventTime !== null && !isTime(eventTime))) return null;
  if (!isActions(actions) || !isTextOrNull(model) || !isTextOrNull(subjectId)) return null;
  if (typeof wrappedKey !== 'string' || typeof sealed !== 'string') return null;
  return { metadata: { channel, id, keyId, receivedAt, actions, model, subjectId, eventTime }, wrappedKey, sealed };
}

/**
 * Checks the form of an envelope, which cannot be trusted until it is opened. Leaves out malformed earlier deliveries.
 *
 * @throws {SealingRejection} `malformed` if a required field is missing or malformed
 */
export function readEnvelope(value: unknown) {
  const delivery = sealedDeliveryIn(value);
  if (!isJsonObject(value) || !delivery) throw new SealingRejection('malformed');
  const listed: readonly unknown[] = Array.isArray(value.burst) ? value.burst : [];
  const burst = listed.slice(0, MAX_BURST_DELIVERIES).map(sealedDeliveryIn);
  return {
    ...delivery,
    previous: sealedDeliveryIn(value.previous),
    burst: burst.filter((each) => each !== null),
    isRepeat: value.is_repeat === true,
  };
}
