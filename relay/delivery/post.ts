/** POST requests, of whose responses only the beginning is read. */

import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';

import type { Dispatcher } from 'undici';

/** Maximum size of a response body. The connection is closed if a body is larger. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/** A request to a target URL. */
interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | Uint8Array;
  /** Maximum number of milliseconds until the complete response arrives. */
  readonly timeoutMs: number;
  /** Number of bytes of the response body that are kept. */
  readonly keptBytes: number;
}

/** The part of a response that the relay reads. */
interface PostResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly beginning: Buffer;
}

/** Error thrown when a request takes too long. */
export class RequestTimeout extends Error {}

/**
 * Sends a request. Resolves when the response is complete, or when it ends early after its status. Redirects are not
 * followed. undici's `request()` makes each response a stream, which takes 64 µs of CPU time instead of 36 µs. With it, a
 * relay delivers 6,500 instead of 8,500 events per second from a backlog.
 *
 * @throws {RequestTimeout} if the status does not arrive in time
 * @throws {Error} of undici or Node.js if the connection fails before the status arrives
 */
export function post(dispatcher: Dispatcher, request: PostRequest): Promise<PostResponse> {
  const { headers, body, timeoutMs, keptBytes } = request;
  const { origin, pathname, search } = new URL(request.url);
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let timeout: RequestTimeout | null = null;
    let head: Omit<PostResponse, 'beginning'> | null = null;
    const parts: Buffer[] = [];
    let length = 0;
    const end = (error: Error | null) => {
      clearTimeout(timer);
      if (body instanceof Readable) body.destroy();
      if (head) resolve({ ...head, beginning: Buffer.concat(parts).subarray(0, keptBytes) });
      else reject(error ?? new Error('The response had no status.'));
    };
    const timer = setTimeout(() => {
      timeout = new RequestTimeout('The response did not arrive in time.');
      controller?.abort(timeout);
      end(timeout);
    }, timeoutMs);
    dispatcher.dispatch(
      { origin, path: pathname + search, method: 'POST', headers, body },
      {
        onRequestStart(started) {
          controller = started;
          // The request timed out while it was waiting for a connection.
          if (timeout) controller.abort(timeout);
        },
        onResponseStart(_controller, status, responseHeaders) {
          if (status >= 200) head = { status, headers: responseHeaders };
        },
        onResponseData(current, part) {
          if (length < keptBytes) parts.push(part);
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
