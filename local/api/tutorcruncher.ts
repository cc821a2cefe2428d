/**
 * Stand-in for TutorCruncher's API over HTTP, with an account in memory. It supports the documented reads and writes,
 * but does not change invoices or payments or delete anything. Every write sends the corresponding webhooks. All people
 * in the account are fictional.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { isJsonObject } from '../../wire/json.ts';
import { messageOf } from '../command-error.ts';
import { HOST } from '../environment.ts';
import { Behaviour, CHALLENGE_PAGE, type ApiRequest, type ApiResponse } from './behaviour.ts';
import { Files } from './files.ts';
import { eventsFor } from './further-events.ts';
import { writeReports } from './reports.ts';
import { respond } from './routes.ts';
import { createAccount } from './initial-records.ts';
import { deliveryOf, send, type Integration } from './webhooks.ts';
import type { AccountEvent } from './write.ts';

/** A running stand-in for TutorCruncher. */
export type TutorCruncher = Awaited<ReturnType<typeof startTutorCruncher>>;

/** A request, as it arrives at the stand-in. */
interface ReceivedRequest {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: string;
}

function parsedBody(body: string): unknown {
  if (body === '') return null;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/**
 * Creates a list of integrations, and the functions that send deliveries of events to the integrations and wait for all
 * responses.
 */
function createDeliveries(sender: Parameters<typeof eventsFor>[1]) {
  const integrations: Integration[] = [];
  const pending = new Set<Promise<void>>();
  return {
    integrations,

    deliver: (event: AccountEvent): void => {
      for (const [index, each] of eventsFor(event, sender).entries()) {
        const delivery = deliveryOf(each, sender, Date.now() + index);
        for (const integration of integrations) {
          const sending = send(delivery, integration).finally(() => pending.delete(sending));
          pending.add(sending);
        }
      }
    },

    /** Resolves when every delivery so far has received a response or failed. */
    delivered: async (): Promise<void> => {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}

function writeResponse(response: ServerResponse, [status, body, headers]: ApiResponse): void {
  const isPage = typeof body === 'string';
  response.writeHead(status, { 'Content-Type': isPage ? 'text/html' : 'application/json', ...headers });
  response.end(isPage || Buffer.isBuffer(body) ? body : JSON.stringify(body));
}

async function received(request: IncomingMessage): Promise<ReceivedRequest> {
  const { method = 'GET', headers, url = '/' } = request;
  const { authorization, host = HOST } = headers;
  return { method, url: new URL(url, `http://${host}`), authorization, body: await text(request) };
}

/** Returns the private key in a request; empty if the request contains no key. */
function privateKeyIn({ authorization = '' }: ReceivedRequest): string {
  const [, key = ''] = /^token (.+)$/i.exec(authorization) ?? [];
  return key;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/**
 * Starts a stand-in that accepts these private keys, on a port of this machine. The function is long because it
 * connects the account with the server, and lists everything that tests and `npm start` can change.
 */
export async function startTutorCruncherAt(chosenPort: number, ...privateKeys: readonly string[]) {
  const account = createAccount();
  const behaviour = new Behaviour();
  /** Requests with an accepted key, in order of arrival. */
  const requests: ApiRequest[] = [];
  /** Each integration in `integrations` receives a delivery of each event. Tests add their own integrations. */
  const { integrations, deliver, delivered } = createDeliveries({ account, behaviour });

  /** Returns the response to a request; null if the stand-in must reset the connection. */
  async function responseTo(request: ReceivedRequest): Promise<ApiResponse | null> {
    const { method, url, authorization } = request;
    const path = `${url.pathname}${url.search}`;
    const body = parsedBody(request.body);
    const file = files.respond(url, authorization);
    if (file) return file;
    if (!privateKeys.includes(privateKeyIn(request))) return behaviour.keyRefusal;
    const apiRequest = { method, path, body: isJsonObject(body) ? body : null };
    requests.push(apiRequest);
    if (behaviour.challengeStatus !== null) return [behaviour.challengeStatus, CHALLENGE_PAGE];
    if (behaviour.resetsNow()) return null;
    const intercepted = await behaviour.intercept(apiRequest);
    if (intercepted) return intercepted;
    if (body !== null && !isJsonObject(body)) return [400, { detail: 'JSON parse error.' }];

    const events: AccountEvent[] = [];
    const response = respond({
      method,
      account,
      behaviour,
      body: body ?? {},
      url,
      announce: (event) => events.push(event),
    });
    // Deliveries are sent after the whole write, so that each delivery contains the resulting state.
    events.forEach(deliver);
    return behaviour.alter(apiRequest, response);
  }

  const server = createServer((request, response) => {
    void received(request)
      .then(responseTo)
      // The stand-in has a defect, or the client closed the connection early.
      .catch((error: unknown): ApiResponse => [500, { detail: messageOf(error) }])
      .then((written) => {
        if (written) writeResponse(response, written);
        else request.socket.resetAndDestroy();
      });
  });
  await once(server.listen(chosenPort, HOST), 'listening');
  const { port } = server.address() as AddressInfo;
  // Use `localhost`, a different name of this machine, so that the files are on a different host from the API.
  const files = new Files(`http://localhost:${port}`);
  account.pdfLink = (path, id) => files.linkTo(path, id);
  const stop = async (): Promise<void> => {
    await delivered();
    await close(server);
  };
  /** The origin of the stand-in, for `TUTORCRUNCHER_URL`. */
  const origin = `http://${HOST}:${port}`;
  /** Writes the reports about a lesson's students, as the tutor of the lesson does. */
  const reportOn = (lessonId: number): void => {
    writeReports({ account, behaviour, announce: deliver }, lessonId);
  };
  return { origin, server, account, files, behaviour, requests, integrations, responseTo, reportOn, delivered, stop };
}

/** Starts a stand-in that accepts these private keys, on a free port of this machine. */
export const startTutorCruncher = (...privateKeys: readonly string[]) => startTutorCruncherAt(0, ...privateKeys);
