/** A process that listens on an admin socket in place of a relay. */

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';

/**
 * Listens on a path. Returns a function that closes the socket.
 *
 * @param respond - called with each request as its path and its body; must end the response
 */
export async function listenAt(path: string, respond: (response: ServerResponse, request: string) => void) {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      respond(response, `${request.url} ${body}`);
    });
  });
  await once(server.listen(path), 'listening');
  return async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
}
