/** A relay with a SQLite file, a target for its Zaps, and the commands that its operator sends. */

import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';

import type { ZapDescription } from '../../../wire/console-api.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { startTargetServer, type TargetServer } from '../../harness/target-server.ts';
import { until } from '../../harness/until.ts';
import { shortNameOf } from '../../short-name.ts';
import { startAdminRelay, type AdminRelay } from './admin-relay.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const NAME = shortNameOf(CHANNEL);
export const DESCRIPTION = { trigger: 'Lesson Completed', options: [], zap_id: '987654' };
/** The names that commands and the log show for the Zap with this description. */
export const ZAP = { trigger: 'Lesson Completed', zap: '987654' };

/** Sets up the tests of a file, which share a relay. The relay has no channels at the start of each test. */
export class OperatorBed {
  readonly #folder = temporaryFolder();
  readonly sqlitePath = join(this.#folder, 'relay.sqlite');
  relay!: AdminRelay;
  target!: TargetServer;
  /** The status with which the target responds. */
  status = 200;

  constructor() {
    beforeAll(async () => {
      this.target = await startTargetServer((response) => {
        response.statusCode = this.status;
        response.end();
      });
      await this.#start();
    });
    beforeEach(() => {
      this.status = 200;
      this.target.received.length = 0;
    });
    afterEach(async () => {
      for (const channel of [CHANNEL, OTHER_CHANNEL]) await this.relay.run(`forget ${channel}`);
    });
    afterAll(async () => {
      await this.relay.stop();
      this.target.close();
    });
  }

  async #start(): Promise<void> {
    this.relay = await startAdminRelay({
      RELAY_SQLITE_PATH: this.sqlitePath,
      RELAY_ADMIN_SOCKET: join(this.#folder, 'relay.sock'),
      RELAY_TARGET_ORIGINS: this.target.origin,
    });
  }

  async restart(): Promise<void> {
    await this.relay.stop();
    await this.#start();
  }

  /** Subscribes the target to the events with action `A`. Returns the id of the subscription. */
  subscribe(description?: ZapDescription): Promise<string> {
    return this.relay.subscribe(`${this.target.origin}/secret-path`, ['A'], description);
  }

  /** Returns true if the state that `subscriptions` shows for the first subscription contains a text. */
  async stateIs(text: string): Promise<boolean> {
    return (await this.relay.rows('subscriptions'))[0]?.STATE?.includes(text) === true;
  }

  /** Sends events with action `A` to a failing target until an attempt has failed. */
  async fail(events: number): Promise<void> {
    this.status = 500;
    await this.relay.post(...Array.from({ length: events }, () => 'A'));
    await until(() => this.stateIs('failing'));
  }

  /** Returns the lines of the log with a message about a subscription. */
  linesWith(message: string, id: string): unknown[] {
    return this.relay
      .logged()
      .split('\n')
      .filter((line) => line.includes(message) && line.includes(id))
      .map((line): unknown => JSON.parse(line));
  }

  async expectFailure(command: string, message: string): Promise<void> {
    expect(await this.relay.run(command)).toEqual({ code: 1, output: expect.stringContaining(message) });
  }

  async expectOutput(command: string, output: string): Promise<void> {
    expect(await this.relay.run(command)).toEqual({ code: 0, output });
  }
}
