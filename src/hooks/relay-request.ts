import type { HttpResponse, ZObject } from 'zapier-platform-core';

import { scrubErrors } from '../secrets.ts';

const TIMEOUT_MS = 10_000;

/** A request to the relay's API. */
export interface RelayRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  /** The channel's token or a subscription's secret. */
  readonly bearer: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Timeout in milliseconds; default: 10 s. */
  readonly timeout?: number;
  readonly secrets?: readonly string[];
}

/** Returns an error for the owner of a Zap. */
export const relayError = (z: ZObject, message: string, status?: number): Error =>
  new z.errors.Error(message, 'RelayError', status);

/** Returns the error for a refusal to turn a Zap on or off. */
export function refusal(z: ZObject, status: number): Error {
  const messages: Record<number, string> = {
    400: "The relay rejected this Zap's URL. Tell the person who gave you this app.",
    403:
      'The relay accepts no more Zaps for this connection. Turn off Zaps that you no longer need, or ask the person who ' +
      'gave you this app.',
  };
  const message =
    messages[status] ??
    `The relay responded with an error (HTTP status ${status}). Try again in a few minutes. If this persists, tell the person who gave you this app.`;
  return relayError(z, message, status);
}

/** Sends a request, and returns responses of any status. @throws {Error} if the relay does not respond */
export async function requestRelay(
  z: ZObject,
  origin: string,
  { method, path, bearer, headers, body, timeout = TIMEOUT_MS, secrets = [] }: RelayRequest,
): Promise<HttpResponse<unknown>> {
  const options = {
    url: `${origin}${path}`,
    method,
    headers: { ...headers, Authorization: `Bearer ${bearer}` },
    ...(body && { body }),
    timeout,
    redirect: 'manual' as const,
    skipThrowForStatus: true,
  };
  const start = Date.now();
  for (let isRetry = false; ; isRetry = true) {
    try {
      return await scrubErrors([bearer, ...secrets], () => z.request<unknown>(options));
    } catch (error) {
      if (error instanceof z.errors.ThrottledError) throw error;
      // The server may have closed a keep-alive connection. It is safe to retry, because all requests here are
      // idempotent.
      if (!isRetry && Date.now() - start < timeout / 2) continue;
      throw relayError(
        z,
        'The relay between TutorCruncher and Zapier does not respond. Try again in a few minutes. If this persists, ' +
          'ask the person who gave you this app.',
      );
    }
  }
}
