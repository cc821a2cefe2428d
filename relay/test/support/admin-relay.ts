/** A relay with an admin socket, and the commands that its operator sends. */

import { pino } from 'pino';

import type { ZapDescription } from '../../../wire/console-api.ts';
import { SUBSCRIPTIONS_PATH, type SubscriptionResponse } from '../../../wire/relay-api.ts';
import { runCommand } from '../../admin/run-command.ts';
import { readConfig } from '../../config.ts';
import { startRelayInThisThread } from '../../harness/one-thread-relay.ts';
import { callApi, callSuccessfully, postWebhook } from '../../harness/relay-requests.ts';
import { bodyOf, REGISTRATION_SECRET } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import type { RelayOptions } from '../../relay.ts';

/**
 * Runs a command, such as `waiting 12345678`, with environment variables. Returns the command's exit code and output.
 */
export async function runIn(environment: NodeJS.ProcessEnv, ...args: readonly string[]) {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const code = await runCommand([...args], environment, { log: print, error: print });
  return { code, output: lines.join('\n') };
}

export type AdminRelay = Awaited<ReturnType<typeof startAdminRelay>>;

/**
 * Starts a relay. Resolves once the relay's admin socket accepts commands.
 *
 * @param environment - environment variables, such as the locations of the store and of the admin socket
 */
export async function startAdminRelay(environment: Readonly<Record<string, string>>, options: RelayOptions = {}) {
  const all = {
    RELAY_ORIGIN: 'https://relay.example.com',
    RELAY_PORT: '0',
    RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
    ...environment,
  };
  let log = '';
  const logger = pino({ level: 'info' }, { write: (line: string) => void (log += line) });
  const relay = await startRelayInThisThread(readConfig(all), logger, options);
  const url = `http://127.0.0.1:${relay.port}`;
  const run = (command: string) => runIn(all, ...command.split(' '));
  await until(() => log.includes('The admin socket accepts commands.'));
  return {
    url,
    logged: () => log,
    run,
    /** Runs a command. Returns the rows of the printed table. Each row has its values by column name. */
    rows: async (command: string): Promise<Record<string, string>[]> => {
      const [header = '', ...lines] = (await run(command)).output.split('\n');
      const columns = [...header.matchAll(/(\S+(?: \S+)*) */g)];
      return lines.map((line) =>
        Object.fromEntries(
          columns.map(({ 0: cell, 1: name = '', index }) => [name, line.slice(index, index + cell.length).trim()]),
        ),
      );
    },
    /** Registers the sample channel, and subscribes a target to its events with action `A`. Returns the id. */
    subscribe: async (target_url: string, actions = ['A'], description?: ZapDescription): Promise<string> => {
      await callApi(url, 'PUT', '/channel');
      const request = { target_url, actions, description };
      return (await callSuccessfully<SubscriptionResponse>(url, 'POST', SUBSCRIPTIONS_PATH, request)).id;
    },
    /** Ends a subscription, as Zapier does when its Zap is turned off. */
    unsubscribe: (id: string) => callApi(url, 'DELETE', `${SUBSCRIPTIONS_PATH}/${id}`),
    /** Sends webhooks to the sample channel, one after another. Each webhook has one event with the given action. */
    post: async (...actions: string[]): Promise<void> => {
      for (const action of actions) {
        const { status } = await postWebhook(url, bodyOf(action));
        if (status !== 202) throw new Error(`The webhook received the response ${status}.`);
      }
    },
    stop: () => relay.stop(),
  };
}
