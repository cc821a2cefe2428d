/** HTTP server of the stand-in for Zapier. It accepts POST requests like hooks.zapier.com. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { REPORT_HEADER, type ZapResult } from './zap-result.ts';
import type { IncomingRequest } from './zapier.ts';

/** Largest body that Zapier accepts, in bytes. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Receiver of the requests. */
export interface Receiver {
  /** Returns true if a Zap can start with this trigger. */
  readonly hasTrigger: (key: string) => boolean;
  /** Called once for each accepted request, after the sender has received its response. */
  readonly receive: (triggerKey: string, request: IncomingRequest) => void;
  /** Called for each request whose sender asks for the Zap's result (`REPORT_HEADER`); default: ignores the header. */
  readonly send?: (triggerKey: string, request: IncomingRequest) => Promise<ZapResult>;
  /** Returns the status of an error response to a request, or null to accept the request; default: accepts all. */
  readonly failureOf?: (triggerKey: string, request: IncomingRequest) => number | null;
  /** Called with a line of text for each rejected request. */
  readonly reject: (line: string) => void;
}

const MAX_PATH_CHARACTERS = 80;

/** Path of a request for display, without the query string: a limited number of printable ASCII characters. */
function displayPath(url = ''): string {
  const [path = ''] = url.split('?');
  if (!path.startsWith('/')) return 'this address';
  const printable = path.replace(/[^\x21-\x7e]+/g, '?');
  return printable.length > MAX_PATH_CHARACTERS ? `${printable.slice(0, MAX_PATH_CHARACTERS - 1)}…` : printable;
}

/** Returns the trigger key in a path. TutorCruncher appends `/contractor` to the URL for public profiles. */
function triggerKeyOf(url: string | undefined): string | null {
  const [, key] = /^\/hooks\/([A-Za-z0-9_]+)(?:[/?]|$)/.exec(url ?? '') ?? [];
  return key ?? null;
}

/**
 * Reads the body of a request.
 *
 * @returns null if the body is larger than {@link MAX_BODY_BYTES}
 */
async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read and discard the rest, up to a limit, because many clients never see the response if the connection closes
    // earlier.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    else if (size > 4 * MAX_BODY_BYTES) break;
    else chunks.length = 0;
  }
  return size > MAX_BODY_BYTES ? null : Buffer.concat(chunks);
}

function respond(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json', ...(status === 413 && { Connection: 'close' }) });
  response.end(`${JSON.stringify(body)}\n`);
}

/** Creates the server. The caller makes it listen. */
export function createHookServer({ hasTrigger, receive, send, failureOf, reject }: Receiver): Server {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refuse = (status: number, line: string): void => {
      reject(line);
      respond(response, status, { status: 'error', message: line });
    };

    const body = await readBody(request);
    if (!body) {
      refuse(413, 'A request was rejected because its body is larger than 10 MB, the largest that Zapier accepts.');
      return;
    }
    const key = triggerKeyOf(request.url);
    if (key === null || !hasTrigger(key)) {
      refuse(
        404,
        `No trigger listens at ${displayPath(request.url)}. Send to /hooks/<trigger key>; docs/steps.md lists the trigger keys.`,
      );
    } else if (request.method !== 'POST') {
      refuse(405, `A request to ${displayPath(request.url)} was rejected because its method is not POST.`);
    } else {
      const { [REPORT_HEADER]: wantsReport, ...headers } = request.headers;
      if (wantsReport !== undefined && send) {
        respond(response, 200, { status: 'success', zap: await send(key, { body, headers }) });
        return;
      }
      const failure = failureOf?.(key, { body, headers }) ?? null;
      if (failure !== null) {
        respond(response, failure, { status: 'error' });
        return;
      }
      // Zapier responds before the Zap runs.
      respond(response, 200, { status: 'success' });
      receive(key, { body, headers });
    }
  };
  return createServer((request, response) => {
    handle(request, response).catch(() => {
      reject('A request ended before its body was complete.');
      response.destroy();
    });
  });
}
