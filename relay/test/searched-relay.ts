/** A relay process whose store, log and deliveries a test searches. It can be stopped and started again. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import type { OpenedDelivery } from '../../wire/sealing/envelope-opener.ts';
import { sendCommand } from '../admin/client.ts';
import { freePort } from '../harness/free-port.ts';
import { openAttempt } from '../harness/opened-deliveries.ts';
import { startRelayProcess, type RelayProcess } from '../harness/relay-process.ts';
import { callSuccessfully, postWebhook } from '../harness/relay-requests.ts';
import { startTargetServer, type ReceivedRequest } from '../harness/target-server.ts';

export type SearchedRelay = Awaited<ReturnType<typeof createSearchedRelay>>;

/** @param environment - returns the location of the store */
export async function createSearchedRelay(environment: (folder: string) => Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'sealed-'));
  const target = await startTargetServer((response, { url, body }) => {
    if (url !== '/failing') response.writeHead(200).end();
    // The response repeats the names, as an error message may do.
    else void openAttempt(body).then((opened) => response.writeHead(500).end(opened.body));
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const socket = join(folder, 'socket');
  const variables = {
    LOG_LEVEL: 'trace',
    TMPDIR: folder,
    RELAY_ADMIN_SOCKET: socket,
    RELAY_TARGET_ORIGINS: target.origin,
    RELAY_MAX_EVENTS_PER_MINUTE: '1000000',
    ...environment(folder),
  };
  const pace = { pacePerSubscription: 5_000, pacePerChannel: 50_000 };
  let relay: RelayProcess | null = null;
  const end = async (signal: NodeJS.Signals): Promise<void> => relay?.kill(signal);

  const api = <T>(method: string, path: string, body?: object): Promise<T> => callSuccessfully(url, method, path, body);
  /** The opened attempts. Each is opened only once, because tests poll until all attempts arrive. */
  const opened = new WeakMap<ReceivedRequest, Promise<OpenedDelivery>>();
  function open(attempt: ReceivedRequest): Promise<OpenedDelivery> {
    const delivery = opened.get(attempt) ?? openAttempt(attempt.body);
    opened.set(attempt, delivery);
    return delivery;
  }
  return {
    folder,
    url,
    end,
    api,
    start: async () => {
      relay = await startRelayProcess({ port, environment: variables, logPath: join(folder, 'relay.log'), pace });
    },
    subscribe: async (path: string, filter: object): Promise<string> => {
      const target_url = `${target.origin}${path}`;
      return (await api<{ id: string }>('POST', SUBSCRIPTIONS_PATH, { target_url, ...filter })).id;
    },
    post: async (bodies: readonly Buffer[]): Promise<void> => {
      const rest = bodies.values();
      const send = async () => {
        for (const body of rest) {
          const { status } = await postWebhook(url, body);
          if (status !== 202) throw new Error(`A webhook received the response ${status}.`);
        }
      };
      await Promise.all(Array.from({ length: 16 }, send));
    },
    /** Opens the deliveries that arrived at a path of the target. */
    openedAt: (path: string): Promise<OpenedDelivery[]> =>
      Promise.all(target.received.filter((attempt) => attempt.url === path).map(open)),
    command: (name: string, values: Record<string, string>) => sendCommand(socket, name, values, 30_000),
    remove: async (): Promise<void> => {
      await end('SIGKILL');
      target.close();
      rmSync(folder, { recursive: true });
    },
  };
}
