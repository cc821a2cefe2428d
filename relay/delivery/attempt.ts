/** One attempt to hand a delivery to a Zap: the same bytes, the same signature. */

import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

import { Agent, request } from 'undici';

import type { Delivery } from '../store/store.ts';
import { isPrivateAddress, mayBePrivate } from '../target-url.ts';

/** Zapier answers at once, or not at all. */
const TIMEOUT_MS = 10_000;
/** Nobody reads answers; more of one than this is not waited for. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** A target that asks for more patience than this is asked again after it. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** What came of an attempt. */
export type Attempt =
  | { readonly result: 'delivered' }
  /** The Zap is gone: nothing is to be sent to it any more. */
  | { readonly result: 'gone' }
  | {
      readonly result: 'failed';
      /** Short, without anything of the delivery or of the answer. */
      readonly reason: string;
      /** How long the target asked to be left alone. */
      readonly retryAfterMs: number | null;
    };

/** Makes attempts. */
export interface Deliverer {
  readonly attempt: (targetUrl: string, delivery: Delivery) => Promise<Attempt>;
  readonly close: () => Promise<void>;
}

/**
 * How long a `Retry-After` asks to wait.
 *
 * @param header - seconds, or a date
 * @returns milliseconds; null where it says nothing that makes sense
 */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return text === '' || Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), MAX_RETRY_AFTER_MS);
}

/** Resolves names, but to no address that isn't out on the internet, unless the configuration names such a host. */
function guardedLookup(privateHosts: ReadonlySet<string>): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, [], 0);
        return;
      }
      const allowed = privateHosts.has(hostname)
        ? addresses
        : addresses.filter(({ address }) => !isPrivateAddress(address));
      const [first] = allowed;
      if (!first) callback(new Error('The target has no public address.'), [], 0);
      else if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** The code of what undici or Node throws, such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /^[A-Z][A-Z0-9_]+$/.test(code) ? code : 'no connection';
}

/**
 * Creates what makes attempts, with a pool of connections for each origin.
 *
 * @param origins - the origins that may be called
 */
export function createDeliverer(origins: readonly string[]): Deliverer {
  const privateHosts = new Set(origins.filter(mayBePrivate).map((origin) => new URL(origin).hostname));
  const agent = new Agent({
    connections: 64,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    connect: { timeout: TIMEOUT_MS, lookup: guardedLookup(privateHosts) },
  });

  async function attempt(targetUrl: string, delivery: Delivery): Promise<Attempt> {
    // Bounds the whole attempt, which trickling bytes could draw out. AbortSignal.timeout would keep each until then.
    const abort = new AbortController();
    const timer = setTimeout(() => {
      abort.abort();
    }, 2 * TIMEOUT_MS);
    try {
      const { statusCode, headers, body } = await request(targetUrl, {
        // undici's `request` follows no redirects.
        dispatcher: agent,
        method: 'POST',
        headers: {
          'content-type': delivery.contentType,
          'webhook-signature': delivery.signature,
          'relay-delivery-id': delivery.id,
          'user-agent': 'tutorcruncher-zapier-relay',
        },
        body: delivery.body,
        signal: abort.signal,
      });
      // The status has been said; what goes wrong with the rest of the answer changes nothing.
      await body.dump({ limit: MAX_ANSWER_BYTES }).catch(() => undefined);
      if (statusCode >= 200 && statusCode < 300) return { result: 'delivered' };
      if (statusCode === 410) return { result: 'gone' };
      const header = headers['retry-after'];
      const asks = statusCode === 429 || statusCode === 503;
      return {
        result: 'failed',
        reason: `HTTP ${statusCode}`,
        retryAfterMs: asks ? retryAfterMs(Array.isArray(header) ? header[0] : header, Date.now()) : null,
      };
    } catch (error) {
      return { result: 'failed', reason: reasonOf(error), retryAfterMs: null };
    } finally {
      clearTimeout(timer);
    }
  }

  return { attempt, close: () => agent.destroy() };
}
