/** Stand-in for Zapier's developer API over HTTP. `ZAPIER_BASE_ENDPOINT` points the CLI to it. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { HOST } from '../environment.ts';
import type { Integration } from './integration.ts';
import { refusal, type DeveloperResponse } from './response.ts';
import { respond } from './routes.ts';

/** A running stand-in. */
export interface DeveloperApi {
  /** Value for `ZAPIER_BASE_ENDPOINT`. */
  readonly origin: string;
  /** The deploy key of the account. */
  readonly deployKey: string;
  /** The account's integrations, in order of registration. */
  readonly integrations: Integration[];
  readonly stop: () => Promise<void>;
}

/** Requests that the CLI sends without a deploy key. */
const WITHOUT_KEY = new Set(['GET /api/platform/cli/apps/fields-choices', 'POST /api/platform/cli/check']);

async function bodyOf(request: IncomingMessage): Promise<JsonObject> {
  const content = await text(request);
  const body: unknown = content === '' ? {} : JSON.parse(content);
  return isJsonObject(body) ? body : {};
}

/**
 * Starts a stand-in on a free port of this machine.
 *
 * @param print - called with a line for each request
 */
export async function startDeveloperApi(print: (line: string) => void = () => undefined): Promise<DeveloperApi> {
  // The CLI accepts keys of 32 characters.
  const deployKey = randomBytes(16).toString('hex');
  const integrations: Integration[] = [];

  async function responseTo(request: IncomingMessage): Promise<DeveloperResponse> {
    const { method = 'GET', headers } = request;
    const url = new URL(request.url ?? '/', `http://${HOST}`);
    const body = await bodyOf(request);
    const hasKey = headers['x-deploy-key'] === deployKey;
    if (!hasKey && !WITHOUT_KEY.has(`${method} ${url.pathname}`)) return refusal(401, 'The deploy key is not valid.');
    return respond(integrations, { method, url, headers, body }, new Date());
  }

  const server = createServer((request, response) => {
    responseTo(request)
      .catch((error: unknown) => refusal(500, error instanceof Error ? error.message : String(error)))
      .then(
        ([status, body]) => {
          print(`${request.method ?? ''} ${request.url ?? ''}: ${status}`);
          response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
        },
        // The client closed the connection early.
        () => response.destroy(),
      );
  });
  await once(server.listen(0, HOST), 'listening');
  return {
    ...{ deployKey, integrations, origin: `http://${HOST}:${(server.address() as AddressInfo).port}` },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
