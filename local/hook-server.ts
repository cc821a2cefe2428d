/** HTTP server of the stand-in for Zapier. */

import { createServer, type IncomingMessage, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';

import type { IncomingRequest } from './zapier-headers.ts';

/** Functions that handle the requests to `/hooks/<name>` and `/send/<name>`. */
export interface Receiver {
  /** Receives a delivery to a Zap. Returns the status of the response. The server responds before the Zap runs. */
  readonly receive: (name: string, request: IncomingRequest) => number;
  /**
   * Sends the delivery of `npm start -- send`. Returns the body of the response. @param choices - fields as `key=value`
   */
  readonly send?: (name: string, request: IncomingRequest, choices: readonly string[]) => Promise<object>;
}

/** Creates the server, which does not listen yet. */
export function createHookServer({ receive, send }: Receiver): Server {
  async function responseTo(message: IncomingMessage): Promise<readonly [status: number, body: object]> {
    const { pathname, searchParams } = new URL(message.url ?? '/', 'http://localhost');
    const [, kind, name = ''] = /^\/(hooks|send)\/(\w+)$/.exec(pathname) ?? [];
    const request = { body: await buffer(message), headers: message.headers };
    if (message.method !== 'POST') return [404, {}];
    if (kind === 'send' && send) return [200, await send(name, request, searchParams.getAll('choice'))];
    return kind === 'hooks' ? [receive(name, request), {}] : [404, {}];
  }
  return createServer((request, response) => {
    responseTo(request).then(
      ([status, body]) => response.writeHead(status).end(JSON.stringify(body)),
      () => response.destroy(),
    );
  });
}
