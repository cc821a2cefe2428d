/** The operations of sealing that Node.js and browsers implement differently. */

/** A value that is available immediately in Node.js, and as a promise in browsers. */
export type Eventual<T> = T | Promise<T>;

/** AES-256-GCM, inflate and base64 of a JavaScript runtime. */
export interface SealingRuntime {
  /** Encrypts a plaintext. Returns the ciphertext followed by the tag of 16 bytes. */
  readonly encrypt: (
    key: Uint8Array,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
  ) => Eventual<Uint8Array>;
  /** Decrypts a ciphertext followed by its tag. @throws any error if the tag does not match */
  readonly decrypt: (
    key: Uint8Array,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
  ) => Eventual<Uint8Array>;
  /** Decompresses raw deflate. @throws any error if the data is not raw deflate, or yields more than `maxBytes` */
  readonly inflate: (compressed: Uint8Array, maxBytes: number) => Eventual<Uint8Array>;
  /** Decodes base64 with padding. @throws any error unless the text is canonical base64 */
  readonly fromBase64: (text: string) => Uint8Array;
}
