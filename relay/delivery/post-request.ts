/** POST requests. Only the status and the headers of the response are used. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

import type { Dispatcher } from 'undici';

/** Maximum size of a response body. Bodies are discarded, and the connection is closed if a body is larger. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/** A request and its time limit. */
export interface PostRequest {
  /** A target URL, as `parseTarget` returns it. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | Buffer;
  /** Maximum number of milliseconds until the complete response arrives. */
  readonly timeoutMs: number;
}

/** The part of a response that the relay reads. */
export interface ResponseHead {
  readonly status: number;
  /** An array of values for a header that occurs more than once. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Error thrown when a request takes too long. */
export class RequestTimeout extends Error {}

/**
 * Receives a response. undici's `request()` would turn each response into a stream, which would take memory and another
 * turn of the event loop.
 */
class ResponseReader implements Dispatcher.DispatchHandler {
  readonly #request: PostRequest;
  readonly #resolve: (head: ResponseHead) => void;
  readonly #reject: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #timeout: RequestTimeout | null = null;
  #head: ResponseHead | null = null;
  #bytes = 0;

  constructor(request: PostRequest, resolve: (head: ResponseHead) => void, reject: (error: Error) => void) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(() => {
      this.#timeout = new RequestTimeout('The response did not arrive in time.');
      this.#controller?.abort(this.#timeout);
      this.#end(this.#timeout);
    }, request.timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The request timed out while it was waiting for a connection.
    if (this.#timeout) controller.abort(this.#timeout);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 200) this.#head = { status, headers };
  }

  onResponseData(controller: Dispatcher.DispatchController, { length }: Buffer): void {
    this.#bytes += length;
    if (this.#bytes > MAX_RESPONSE_BYTES) controller.abort(new Error('The response is too long.'));
  }

  onResponseEnd(): void {
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(error);
  }

  /** Reports the status if it has arrived, because errors in the discarded rest of the response do not matter. */
  #end(error?: Error): void {
    clearTimeout(this.#timer);
    const { body } = this.#request;
    if (!Buffer.isBuffer(body)) body.destroy();
    if (this.#head) this.#resolve(this.#head);
    else this.#reject(error ?? new Error('The response had no status.'));
  }
}

/**
 * Sends a request. Resolves with the status when the response is complete, or when the connection fails after the
 * status. Redirects are not followed.
 *
 * @throws {RequestTimeout} if the time limit is exceeded
 * @throws {Error} of undici or Node.js if the connection fails before the status arrives
 */
export function post(dispatcher: Dispatcher, request: PostRequest): Promise<ResponseHead> {
  const { url, headers, body } = request;
  const { origin, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const reader = new ResponseReader(request, resolve, reject);
    dispatcher.dispatch({ origin, path: pathname + search, method: 'POST', headers, body }, reader);
  });
}
