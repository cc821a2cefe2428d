/** The HTTP side of the stand-in for Zapier: takes POSTs as hooks.zapier.com does. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import type { IncomingRequest } from './zapier.ts';

/** Zapier takes no larger body. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** What the server tells of requests. */
export interface Receiver {
  /** Whether there is a trigger of this key. */
  readonly hasTrigger: (key: string) => boolean;
  /** Called once for each accepted request, after it was answered. */
  readonly receive: (triggerKey: string, request: IncomingRequest) => void;
  /** Called with one line for each request that was not accepted. */
  readonly reject: (line: string) => void;
}

/** The trigger of a path: TutorCruncher appends `/contractor` to the URL for public profiles. */
function triggerKeyOf(url: string | undefined): string | null {
  const [, key] = /^\/hooks\/([A-Za-z0-9_]+)(?:[/?]|$)/.exec(url ?? '') ?? [];
  return key ?? null;
}

/**
 * The whole body of a request.
 *
 * @returns null when it is larger than {@link MAX_BODY_BYTES}
 */
async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is still read, though not kept: closed on earlier, many clients never see the answer.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    else if (size > 4 * MAX_BODY_BYTES) break;
    else chunks.length = 0;
  }
  return size > MAX_BODY_BYTES ? null : Buffer.concat(chunks);
}

function answer(response: ServerResponse, status: number, body: Record<string, string>): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json', ...(status === 413 && { Connection: 'close' }) });
  response.end(`${JSON.stringify(body)}\n`);
}

/** Creates the server; the caller makes it listen. */
export function createHookServer({ hasTrigger, receive, reject }: Receiver): Server {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refuse = (status: number, line: string): void => {
      reject(line);
      answer(response, status, { status: 'error', message: line });
    };

    const body = await readBody(request);
    if (!body) {
      refuse(413, 'A request with more than 10 MB was not accepted: Zapier takes no larger body.');
      return;
    }
    const key = triggerKeyOf(request.url);
    if (key === null || !hasTrigger(key)) {
      refuse(404, `No trigger listens there. POST to /hooks/<trigger key>; README.md lists the keys.`);
    } else if (request.method !== 'POST') {
      refuse(405, `The URL of a trigger takes POST requests only.`);
    } else {
      // Zapier answers before a Zap runs, so the sender never learns what became of a request.
      answer(response, 200, { status: 'success' });
      receive(key, { body, headers: request.headers });
    }
  };
  return createServer((request, response) => {
    handle(request, response).catch(() => {
      reject('A request broke off before it was complete.');
      response.destroy();
    });
  });
}
