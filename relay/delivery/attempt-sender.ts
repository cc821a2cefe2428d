/** The HTTP client of delivery attempts: POSTs the envelope of a delivery to the URL of a Zap. */

import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';

import { Agent, type Dispatcher } from 'undici';

import { DELIVERY_ID_HEADER } from '../../wire/relay-api.ts';
import { envelopeLength, envelopeParts, envelopeText, hasSeveralParts } from '../../wire/sealing/envelope-text.ts';
import { nameOf } from '../log.ts';
import type { Delivery } from '../store/deliveries/stored-delivery.ts';
import { allowsPrivateAddresses } from '../target-url.ts';
import { parseRetryAfter, resultOf, type AttemptResult } from './attempt-result.ts';
import { createPublicLookup } from './public-lookup.ts';

/** Default timeout of each step of an attempt, in milliseconds. */
const TIMEOUT_MS = 10_000;
/**
 * Maximum number of characters that are kept from the start of the response to a failed attempt. The bodies of other
 * responses are discarded.
 */
const KEPT_CHARACTERS = 500;
/** Maximum size of the kept characters in bytes, encoded as UTF-8. */
const KEPT_BYTES = 4 * KEPT_CHARACTERS;
/** Maximum size of a response body in bytes. The connection is closed if a body exceeds this size. */
const MAX_RESPONSE_BYTES = 64 * 1024;
/**
 * Maximum number of open connections to one origin, which limits memory and file descriptors. Each attempt in flight
 * has its own connection, so that targets on one host do not wait for each other. Idle connections close after 4 s.
 */
const MAX_CONNECTIONS = 2_048;

/** The status, the headers and the beginning of the body of a response. */
interface TargetResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly beginning: Buffer;
}

/** Returns the code of an error, such as ECONNREFUSED; `no connection` if the error has no code. */
function reasonOf(error: unknown): string {
  const code = nameOf(error);
  return /^[A-Z][A-Z0-9_]+$/.test(code) ? code : 'no connection';
}

/**
 * Cache of the encoded envelopes of small deliveries, shared by all Zaps of a channel. If each of five Zaps encoded its
 * own envelopes, the encoding would take a sixth of the main thread's time.
 */
const envelopes = new WeakMap<Delivery, Buffer>();

/**
 * Returns the body of an attempt. A large envelope is encoded while it is being sent, which limits the memory that
 * concurrent attempts use.
 */
function bodyOf(delivery: Delivery): Readable | Buffer {
  if (hasSeveralParts(delivery)) return Readable.from(envelopeParts(delivery), { highWaterMark: 1 });
  const envelope = envelopes.get(delivery) ?? Buffer.from(envelopeText(delivery));
  envelopes.set(delivery, envelope);
  return envelope;
}

/**
 * POSTs the envelope of a delivery. Resolves when the response is complete, or when it is cut off after the status has
 * arrived. Redirects are not followed. A response takes 36 µs of CPU time with undici's `dispatch()`, and 64 µs with
 * `request()`, which makes each response a stream. With `request()`, a relay delivers 6,500 instead of 8,500 events per
 * second from a backlog.
 *
 * @throws {Error} with the code `ATTEMPT_TIMEOUT` if the status does not arrive in time
 * @throws {Error} of undici or Node.js if the connection fails before the status arrives
 */
function post(agent: Agent, targetUrl: string, delivery: Delivery, timeoutMs: number): Promise<TargetResponse> {
  const { origin, pathname, search } = new URL(targetUrl);
  const body = bodyOf(delivery);
  const headers = {
    'content-type': 'application/json',
    ...(hasSeveralParts(delivery) && { 'content-length': String(envelopeLength(delivery)) }),
    [DELIVERY_ID_HEADER]: delivery.id,
    'user-agent': 'tutorcruncher-zapier-relay',
  };
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let timeout: Error | null = null;
    let head: Omit<TargetResponse, 'beginning'> | null = null;
    const parts: Buffer[] = [];
    let length = 0;
    const end = (error: Error | null) => {
      clearTimeout(timer);
      if (body instanceof Readable) body.destroy();
      if (head) resolve({ ...head, beginning: Buffer.concat(parts).subarray(0, KEPT_BYTES) });
      else reject(error ?? new Error('The response had no status.'));
    };
    const timer = setTimeout(() => {
      timeout = Object.assign(new Error('The response did not arrive in time.'), { code: 'ATTEMPT_TIMEOUT' });
      controller?.abort(timeout);
      end(timeout);
    }, timeoutMs);
    agent.dispatch(
      { origin, path: pathname + search, method: 'POST', headers, body },
      {
        onRequestStart(started) {
          controller = started;
          // The time limit can expire while the request waits for a connection.
          if (timeout) controller.abort(timeout);
        },
        onResponseStart(_controller, status, responseHeaders) {
          if (status >= 200) head = { status, headers: responseHeaders };
        },
        onResponseData(current, part) {
          if (length < KEPT_BYTES) parts.push(part);
          length += part.length;
          if (length > MAX_RESPONSE_BYTES) current.abort(new Error('The response is too long.'));
        },
        onResponseEnd() {
          end(null);
        },
        onResponseError(_controller, error) {
          end(error);
        },
      },
    );
  });
}

/** Matches a control character other than a tab or a line break. A response with such a character is not text. */
const BINARY = /[^\P{Cc}\t\n\r]/u;

/** Returns the text at the beginning of a response body; null if the body is empty or not UTF-8 text. */
function textIn(beginning: Buffer): string | null {
  try {
    // Decode as a stream, because the last character might be incomplete.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(beginning, { stream: true });
    return BINARY.test(text) ? null : Array.from(text.trim()).slice(0, KEPT_CHARACTERS).join('') || null;
  } catch {
    return null;
  }
}

/** Makes delivery attempts over a pool of connections. */
export type AttemptSender = ReturnType<typeof createAttemptSender>;

/**
 * Creates a sender.
 *
 * @param origins - the allowed origins of target URLs; a private host of an origin may resolve to private addresses
 * @param sealResponse - seals the text of a failure's response, or returns null if the text cannot be sealed; by
 *   default, no response is kept
 * @param timeoutMs - timeout for connecting, for the response headers and for each part of the response body, in
 *   milliseconds
 * @param attemptTimeoutMs - time limit for a whole attempt in milliseconds, for targets that send their responses
 *   slowly but steadily
 */
export function createAttemptSender(
  origins: readonly string[],
  sealResponse: (delivery: Delivery, text: string) => Promise<Buffer | null> = () => Promise.resolve(null),
  timeoutMs: number = TIMEOUT_MS,
  attemptTimeoutMs: number = 2 * timeoutMs,
) {
  const privateHosts = new Set(origins.filter(allowsPrivateAddresses).map((origin) => new URL(origin).hostname));
  const agent = new Agent({
    connections: MAX_CONNECTIONS,
    // With HTTP/2, all attempts to an origin would share one connection, so a failure of the connection would affect
    // all attempts.
    allowH2: false,
    // Maximum idle time that a target can request with a Keep-Alive header.
    keepAliveMaxTimeout: TIMEOUT_MS,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: timeoutMs, lookup: createPublicLookup(privateHosts) },
  });

  /** POSTs the envelope of a delivery to a target URL. Never rejects: a network error results in a failed attempt. */
  async function send(targetUrl: string, delivery: Delivery): Promise<AttemptResult> {
    try {
      const { status, headers, beginning } = await post(agent, targetUrl, delivery, attemptTimeoutMs);
      // undici returns an array for a header that occurs more than once.
      const [retryAfter] = [headers['retry-after']].flat();
      const result = resultOf(status, parseRetryAfter(retryAfter, Date.now()));
      if (!('reason' in result)) return result;
      const text = textIn(beginning);
      const response = text === null ? null : await sealResponse(delivery, text);
      return response ? { ...result, response } : result;
    } catch (error) {
      return { type: 'failed', reason: reasonOf(error), retryAfterMs: null };
    }
  }

  return {
    send,
    /** Closes all connections and aborts attempts in flight. */
    close: () => agent.destroy(),
  };
}
