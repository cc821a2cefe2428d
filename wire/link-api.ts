/**
 * The routes with which a connector creates a link to the console. Times and binary values have the same formats as in
 * `console-api.ts`.
 */

/** Route that creates a link to the console (POST). Requires the bearer token of the channel. */
export const LINKS_PATH = '/channel/links';
/**
 * Route that returns the wrapped data keys of the channel's stored deliveries (GET). Requires the channel's bearer
 * token.
 */
export const DATA_KEYS_PATH = '/channel/keys';

/**
 * Route for verdicts on the signatures of the newest webhooks (POST). A Zap sends these verdicts when it refuses a
 * webhook. Requires the channel's bearer token.
 */
export const SIGNATURES_PATH = '/channel/signatures';

/** Period in which a link grants access, in hours. */
export const LINK_HOURS = 24;
/**
 * Maximum number of links that a channel can have at a time. Beyond this number, a new link replaces the oldest link.
 */
export const MAX_LINKS = 10;
/** Maximum numbers of data keys and of verdicts in one link. A link contains the newest data keys and verdicts. */
export const MAX_LINK_KEYS = 256;
export const MAX_VERDICTS = 50;
/** Maximum length of a data key that is wrapped for a link, in characters. */
export const MAX_LINK_KEY_BYTES = 96;

/** A data key of the channel, wrapped for its seal key (HPKE, see `sealing/key-wrap.ts`). */
export interface WrappedDataKey {
  readonly key_id: string;
  readonly wrapped_key: string;
}

/** Response to `GET /channel/keys`: the newest data keys first, at most {@link MAX_LINK_KEYS}. */
export interface DataKeysResponse {
  readonly keys: readonly WrappedDataKey[];
}

/** The connector's verdict on the signature of an event. */
export interface Verdict {
  readonly delivery_id: string;
  readonly received_at: number;
  /** False if the event is signed with a private key other than the connection's. */
  readonly is_valid: boolean;
}

/**
 * Body of `POST /channel/signatures`. The relay ignores a report that arrives less than ten minutes after a check that
 * found a wrong signature.
 */
export interface SignaturesRequest {
  /** The verdicts on the newest events, newest first, at most {@link MAX_VERDICTS}. */
  readonly verdicts: readonly Verdict[];
}

/** Body of `POST /channel/links`. */
export interface LinkRequest {
  /** Hash of the link's access token, from `hashOfAccessToken` in `capability.ts`. */
  readonly access_token_hash: string;
  /** Data keys, re-wrapped under the link's wrapping key. The relay cannot unwrap them. */
  readonly keys: readonly WrappedDataKey[];
  /** The verdict on the newest event when the link is created; null if the channel has no event. */
  readonly verdict: Verdict | null;
  /**
   * The verdicts on the newest events, at most {@link MAX_VERDICTS}; default: none. Zaps check the signatures of all
   * other events.
   */
  readonly verdicts?: readonly Verdict[];
}

/** Response to `POST /channel/links`. */
export interface LinkResponse {
  readonly expires_at: number;
}
