/**
 * Frozen test vectors of the sealing format, and a function that seals other plaintexts under the same data key and
 * nonce. The vectors were checked with Python's `cryptography` package.
 */

import { createCipheriv } from 'node:crypto';

import { associatedDataOf, type DeliveryMetadata } from '../../../wire/sealing/format.ts';

export const PRIVATE_KEY = '0123456789abcdef0123456789abcdef01234567';
export const ORIGIN = 'https://relay.example.com';
export const CHANNEL = 'FpPMv6bZYED7bPTgpf6P_grLIwqoEZc11v3YVzwXo6EJu6tOl';

export const SEAL_KEY = 'B0yak2RkWKd_gZ7wJihRHDTZijrdt5sDZbgGgvVLOhw';
export const FINGERPRINT = 'DOpc9xg1HV0SpIs_3JE5ELalOWWvgkQqpm2zkZCV-Eg';

export const KEY_ID = '11111111-2222-4333-8444-555555555555';
export const DATA_KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
export const WRAPPED_KEY =
  '6x3b65df8vH6AitCSy5a3pfxL68CjLKj1x4oQBN8m2BwDwpeNirPUYCO0TTeBq7rJ17ixJI0z0Wyjyiw6FwT5WpVIKs7xr72gE0/0Sr6gDo=';

export const METADATA: DeliveryMetadata = {
  channel: CHANNEL,
  id: '01234567-89ab-4cde-8f01-23456789abcd',
  keyId: KEY_ID,
  receivedAt: 1781092800123,
  actions: ['CREATED_A_CLIENT', 'ÄÖ"\\ 😀'],
  model: 'client',
  subjectId: '12345678901234567890',
  eventTime: 1781092799000,
};

export const NONCE = Uint8Array.from({ length: 12 }, (_, index) => 0xa0 + index);
export const CONTENT = {
  signature: '1fac86d01ea9efff4b2849fa7bc82c280091aa2d74e7c514d2f9f4e0a1b50718',
  contentType: 'application/json; charset=utf-8',
  body: Buffer.from(
    '{"events": [{"action": "CREATED_A_CLIENT", "subject": {"model": "Client", "first_name": "Zoë"}}]}',
  ),
};

/** The content sealed under the data key and the nonce, uncompressed and compressed. */
export const SEALED_PLAIN =
  'oKGio6Slpqeoqaqr5hg8LVr6ZN4BXbG3N0ulv0nJP3b0gyBepDof4B6cF2LqRCTNlxJjBG79ZfptTbeccHhzeVa0KBh4OD87lBG00oGMsl4IxJSQ' +
  'mIucefuno9TiYdjLq/q5GYYUTOnU7nDh++IGk3iM6u37tXIjp7LNc19yAM2qXPRSDfX+hvcHtwyRVPQgkh3DW34csN8wZrH0+6zPAduzjq7H7cbX' +
  'wqhQTqo6JZGUKSx/52RfAEPylIceVI7sXQjPU+egTBl+2HCUnxQxtD2sC4MmY3RCfgfCpAELDU6JUw==';
export const SEALED_DEFLATED =
  'oKGio6Slpqeoqaqr5wW27M8JMq/iBFi3xOaXkjIYMHXTZlx6igHEz+6ZOGYKPAq0vNUBxxtnHHaRrmgGOKiLpCHhIMXr+ikSLenIGRn1nPzi/AlU' +
  'YdCqkDWEwJ+joucB/KTaaLvMqhMDQjjZYrT9BlxyzXBJGfsymqCTFQafjK4qcqU65wu7pMDGcQEF/ygQnLs+zyHiYWTuOhOZiTj8tXaVMkj9OgtX' +
  'ScqvsbqEKWbL4sXRuUfW/lEt1/3YxfbFQ6cypZ1gQOuDg73NEly0';

/** The envelope of the delivery that was sealed without compression. */
export const ENVELOPE = {
  format: 'tutorcruncher-sealed/1',
  channel: CHANNEL,
  delivery_id: METADATA.id,
  key_id: KEY_ID,
  received_at: METADATA.receivedAt,
  actions: METADATA.actions,
  model: METADATA.model,
  subject_id: METADATA.subjectId,
  event_time: METADATA.eventTime,
  wrapped_key: WRAPPED_KEY,
  sealed: SEALED_PLAIN,
};

/** A previous delivery about the same subject, sealed under the same data key with a different nonce. */
export const PREVIOUS_METADATA: DeliveryMetadata = {
  ...METADATA,
  id: 'fedcba98-7654-4321-8fed-cba987654321',
  receivedAt: 1781006400456,
  actions: ['EDITED_A_CLIENT'],
  eventTime: 1781006399000,
};
export const PREVIOUS_CONTENT = {
  ...CONTENT,
  signature: 'd4329f311f4bc34b601a89219944373fdd443600229a970f08fcffdddbf29a7b',
  body: Buffer.from('{"events": [{"action": "EDITED_A_CLIENT", "subject": {"model": "Client", "first_name": "Zoe"}}]}'),
};
export const SEALED_PREVIOUS =
  'sLGys7S1tre4ubq7mVUaq/Opj2x1wfGR/Gzu9uZfeuZ3GL8EP/a7w227yyIxeBQJBbrCjJFolnoMi7CMTFQg930LepYu7ApUYP9CmYDRX4No3Raq' +
  'dbXBP+pvjV9p+rrdxkNVvp2aCuNOLTLKF8ZTY7X1U2A7IG6vsODg23aU1vQHmqJUWj3X+1tKZnYM6fjPXE3fZycbWQQAPxNo9t8utagXYSeRigGw' +
  'JqWZ+NDo4d58CzxUnm9hnm1mjdhAI2Tu8o8s2Xcpa6Pa7Ox8IKr5jS+HEd9aEQh8RNMqRLhxi0k=';

/** The envelope of a delivery with a previous delivery. */
export const ENVELOPE_WITH_PREVIOUS = {
  ...ENVELOPE,
  previous: {
    ...ENVELOPE,
    delivery_id: PREVIOUS_METADATA.id,
    received_at: PREVIOUS_METADATA.receivedAt,
    actions: PREVIOUS_METADATA.actions,
    event_time: PREVIOUS_METADATA.eventTime,
    sealed: SEALED_PREVIOUS,
  },
};

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Seals an arbitrary plaintext under the nonce, as a hostile relay could. */
export function sealedPlaintext(...parts: Uint8Array[]): string {
  const cipher = createCipheriv('aes-256-gcm', DATA_KEY, NONCE).setAAD(associatedDataOf(METADATA));
  const ciphertext = parts.map((part) => cipher.update(part));
  return base64(Buffer.concat([NONCE, ...ciphertext, cipher.final(), cipher.getAuthTag()]));
}
