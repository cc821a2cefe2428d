/** A relay with an admin socket, and the commands that its operator sends. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';

import type { ZapDescription } from '../../wire/console-api.ts';
import { SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import { runCommand } from '../admin/run-command.ts';
import { readConfig } from '../config.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, REGISTRATION_SECRET } from '../harness/sample-delivery.ts';
import { until } from '../harness/until.ts';
import { startRelay, type RelayOptions, type RunningRelay } from '../relay.ts';

/** The result of a command. */
export interface CommandResult {
  readonly code: number;
  readonly output: string;
}

export class AdminRelay {
  readonly #relay: RunningRelay;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #log: string[];

  private constructor(relay: RunningRelay, environment: NodeJS.ProcessEnv, log: string[]) {
    this.#relay = relay;
    this.#environment = environment;
    this.#log = log;
  }

  /**
   * Starts a relay. Resolves once the relay's admin socket accepts commands.
   *
   * @param environment - the location of its store and of its socket, and other variables
   */
  static async start(environment: Readonly<Record<string, string>>, options: RelayOptions = {}): Promise<AdminRelay> {
    const all = {
      RELAY_ORIGIN: 'https://relay.example.com',
      RELAY_PORT: '0',
      RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
      ...environment,
    };
    const log: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(line) });
    const relay = new AdminRelay(await startRelay(readConfig(all), logger, options), all, log);
    await until(() => relay.logged.includes('The admin socket accepts commands.'));
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#relay.port}`;
  }

  /** Everything that the relay has logged. */
  get logged(): string {
    return this.#log.join('');
  }

  /** Runs a command, such as `waiting 12345678`. */
  async run(command: string): Promise<CommandResult> {
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    const code = await runCommand(command.split(' '), this.#environment, { log: print, error: print });
    return { code, output: lines.join('\n') };
  }

  /** Runs a command and returns the rows of the table that it prints, by the names of the columns. */
  async rows(command: string): Promise<Record<string, string>[]> {
    const [header = '', ...lines] = (await this.run(command)).output.split('\n');
    const columns = [...header.matchAll(/(\S+(?: \S+)*) */g)];
    return lines.map((line) => {
      const row: Record<string, string> = {};
      for (const { 0: cell, 1: name = '', index } of columns) row[name] = line.slice(index, index + cell.length).trim();
      return row;
    });
  }

  /** Registers the sample channel, and subscribes a target to its events with action `A`. Returns the id. */
  async subscribe(targetUrl: string, actions = ['A'], description?: ZapDescription): Promise<string> {
    await callApi(this.url, 'PUT', '/channel');
    const response = await callApi(this.url, 'POST', SUBSCRIPTIONS_PATH, {
      target_url: targetUrl,
      actions,
      description,
    });
    return ((await response.json()) as { id: string }).id;
  }

  /** Sends webhooks to the sample channel, one after another, each with an event with the given action. */
  async post(...actions: string[]): Promise<void> {
    for (const action of actions) {
      const { status } = await postWebhook(this.url, bodyOf(action));
      if (status !== 202) throw new Error(`The webhook received the response ${status}.`);
    }
  }

  stop(): Promise<void> {
    return this.#relay.stop();
  }
}

/** Creates a temporary folder with a short path, because the length of socket paths is limited. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'admin-'));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
