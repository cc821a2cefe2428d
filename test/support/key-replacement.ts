/**
 * A branch that replaces its private key: two integrations of TutorCruncher, one connection of Zapier, a relay and five
 * Zaps.
 */

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { consoleLinkOf, postToRelay, webhookUrlOf } from '../../local/relayed-zaps.ts';
import { createHookServer } from '../../local/hook-server.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { createRunner, inputFieldsOf, recordsOf, type App, type Outcome } from '../../local/app-runner.ts';
import { callSuccessfully } from '../../relay/harness/relay-requests.ts';
import { until } from '../../relay/harness/until.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_OVERVIEW_PATH,
  CONSOLE_SEND_AGAIN_PATH,
  type EventListResponse,
  type ListedEvent,
  type OverviewResponse,
  type SendAgainResponse,
} from '../../wire/console-api.ts';
import { deriveToken } from '../../wire/capability.ts';
import { CHANNEL_PATH, type ChannelStateResponse } from '../../wire/relay-api.ts';
import { deriveLink, readLinkFragment } from '../../wire/console-link.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';

/**
 * The triggers of the Zaps that each run for a quarter of the events, and the trigger of the Zap that runs for all
 * events.
 */
const OWN_TRIGGERS = ['lesson_completed', 'client_created', 'tutor_created', 'task_created'] as const;
export const TRIGGERS = [...OWN_TRIGGERS, 'any_event'] as const;
type Trigger = (typeof TRIGGERS)[number];

/** A Zap and an event that its trigger selects, such as `any_event 7`. */
type Pair = `${Trigger} ${number}`;

/** Returns the trigger that selects an event in addition to New Event. @param number - the number of the event */
const triggerFor = (number: number) => OWN_TRIGGERS[number % OWN_TRIGGERS.length] ?? OWN_TRIGGERS[0];

/** Returns a pair of Zap and event for each Zap that selects the event. */
const pairsOf = (number: number): readonly Pair[] => [`${triggerFor(number)} ${number}`, `any_event ${number}`];

/** Time between two events: 10 events per second. */
const EVENT_INTERVAL_MS = 100;
const FIRST_EVENT_AT = Date.parse('2026-06-10T16:00:00Z');
/**
 * Difference between the times of two events, which is long enough to keep the events of a Zap from forming a burst.
 */
const EVENT_STEP_MS = 10_000;

/** Access to the console of a channel, which still works after the key of the connection has changed. */
export interface OpenConsole {
  readonly accessToken: string;
}

export class KeyReplacement {
  readonly #app: App;
  readonly #origin: string;
  readonly #server: Server;
  /** The private key of the connection. A run uses the key that the connection has when the run begins. */
  key: string;
  /** The webhook URL of each integration, by private key. Every event is sent to all of them. */
  readonly integrations = new Map<string, string>();
  /** The numbers of the events, which their times and messages contain. */
  readonly events: number[] = [];
  /** The Zaps that respond to every delivery with status 500. */
  readonly failing = new Set<Trigger>();
  readonly #runs: Promise<readonly [Trigger, Outcome]>[] = [];
  /** The data that Zapier keeps about each Zap that is on. */
  readonly #subscribeData = new Map<Trigger, JsonObject>();
  /** The triggers of all current and earlier subscriptions, by subscription id. */
  readonly #ids = new Map<string, Trigger>();
  /** Zapier's cache. */
  readonly #cache = {};
  /** The webhooks that TutorCruncher has sent. */
  readonly #posts: Promise<void>[] = [];
  #isLoading = false;
  #load: Promise<void> = Promise.resolve();

  /** @param origin - the origin of the relay; the origin of the Zaps is {@link zapOrigin}, after {@link listen} */
  constructor(app: App, origin: string, key: string) {
    this.#app = app;
    this.#origin = origin;
    this.key = key;
    this.#server = createHookServer({
      receive: (name, request) => {
        const trigger = TRIGGERS.find((each) => each === name);
        if (!trigger || this.failing.has(trigger)) return 500;
        const run = this.zapier.perform(trigger, request, { time_zone: 'UTC' });
        this.#runs.push(run.then((outcome) => [trigger, outcome] as const));
        return 200;
      },
    });
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  async close(): Promise<void> {
    await this.stopEvents();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get zapOrigin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get zapier() {
    return createRunner(this.#app, this.key, this.#cache);
  }

  /** Enters a private key into the connection. Zapier tests the connection with this key. */
  async enterKey(key: string): Promise<void> {
    this.key = key;
    await this.zapier.call('authentication.test');
  }

  /** Pastes the webhook URL that the editor shows into the integration whose key the connection has. */
  async pasteUrl(): Promise<void> {
    this.integrations.set(this.key, await webhookUrlOf(this.zapier, TRIGGERS[0]));
  }

  async turnOn(trigger: Trigger): Promise<void> {
    const bundle = {
      targetUrl: `${this.zapOrigin}/hooks/${trigger}`,
      meta: { zap: { id: TRIGGERS.indexOf(trigger) } },
    };
    const data = await this.zapier.call(`triggers.${trigger}.operation.performSubscribe`, bundle);
    if (!isJsonObject(data)) throw new Error('A subscription has no data.');
    this.#subscribeData.set(trigger, data);
    this.#ids.set(String(data.id), trigger);
  }

  async turnOff(trigger: Trigger): Promise<void> {
    const subscribeData = this.#subscribeData.get(trigger);
    await this.zapier.call(`triggers.${trigger}.operation.performUnsubscribe`, { subscribeData });
    this.#subscribeData.delete(trigger);
  }

  /** Causes events until {@link stopEvents} is called. */
  startEvents(): void {
    this.#isLoading = true;
    this.#load = this.#causeEvents();
  }

  async stopEvents(): Promise<void> {
    this.#isLoading = false;
    await this.#load;
  }

  /** Waits until the given number of additional events have been caused, and the relay has accepted them. */
  async moreEvents(count: number): Promise<void> {
    const target = this.events.length + count;
    await until(() => this.events.length >= target);
    await Promise.all(this.#posts);
  }

  async #causeEvents(): Promise<void> {
    while (this.#isLoading) {
      const number = this.events.length;
      const { sampleEvent } = triggerOf(triggerFor(number));
      const timestamp = new Date(FIRST_EVENT_AT + number * EVENT_STEP_MS).toISOString();
      const delivery = deliveryOf({ ...sampleEvent, extra_msg: String(number), timestamp });
      for (const [key, url] of this.integrations)
        this.#posts.push(postToRelay(url, requestFromTutorCruncher(delivery, key)));
      this.events.push(number);
      await sleep(EVENT_INTERVAL_MS);
    }
    await Promise.all(this.#posts);
  }

  /** Returns all Zaps with the events that they select. @param from - the first event; default: all events */
  pairs(from = 0): readonly Pair[] {
    return this.events.slice(from).flatMap(pairsOf);
  }

  /** Returns the records of all runs, by Zap and event. */
  async records(): Promise<ReadonlyMap<Pair, readonly FlatRecord[]>> {
    const runs = (await Promise.all(this.#runs)).flatMap(([trigger, outcome]) =>
      recordsOf(outcome).map((record) => ({ record, pair: `${trigger} ${Number(record.event_message)}` as const })),
    );
    const byPair = Map.groupBy(runs, ({ pair }) => pair);
    return new Map([...byPair].map(([pair, own]) => [pair, own.map(({ record }) => record)]));
  }

  /** Returns the messages of the runs that failed. */
  async errors(): Promise<readonly string[]> {
    return (await Promise.all(this.#runs)).flatMap(([, outcome]) => ('error' in outcome ? [outcome.error] : []));
  }

  /** Returns the help text of the field with the webhook URL in the editor. */
  async statusOf(trigger: Trigger): Promise<string> {
    const [field] = await inputFieldsOf(this.zapier, `triggers.${trigger}.operation`);
    return field?.helpText ?? '';
  }

  /** Opens the console of the connection's channel. */
  async openConsole(): Promise<OpenConsole> {
    const { hash } = new URL(await consoleLinkOf(this.zapier, TRIGGERS[0]));
    return { accessToken: (await deriveLink(readLinkFragment(hash.slice(1)).secret)).accessToken };
  }

  async #listed({ accessToken }: OpenConsole): Promise<readonly ListedEvent[]> {
    const path = `${CONSOLE_EVENTS_PATH}?limit=500`;
    return (await callSuccessfully<EventListResponse>(this.#origin, 'GET', path, undefined, accessToken)).events;
  }

  /** Returns the Zaps and events that a console lists with an outcome: `not_wanted` if the Zap was off. */
  async listedAs(console: OpenConsole, outcome: 'given_up' | 'not_wanted'): Promise<readonly Pair[]> {
    const events = await this.#listed(console);
    const listed = events.flatMap(({ zaps, envelope }) => {
      const number = ((envelope.event_time ?? 0) - FIRST_EVENT_AT) / EVENT_STEP_MS;
      const outcomes = new Map(zaps.map((atZap) => [this.#ids.get(atZap.zap), atZap.outcome]));
      return pairsOf(number).filter((pair) => {
        const trigger = TRIGGERS.find((each) => pair === `${each} ${number}`);
        return (outcomes.get(trigger) ?? 'not_wanted') === outcome;
      });
    });
    return listed.reverse();
  }

  /** Returns the number of Zaps that are subscribed at the channel of a private key. */
  async zapsAt(key: string): Promise<number> {
    const token = deriveToken(key, this.#origin);
    const path = CHANNEL_PATH;
    return (await callSuccessfully<ChannelStateResponse>(this.#origin, 'GET', path, undefined, token)).subscriptions
      .length;
  }

  /** Sends the dead letters of Zaps that are off to the Zaps that replace them. Returns the number of events. */
  async sendStopped({ accessToken }: OpenConsole): Promise<number> {
    const get = CONSOLE_OVERVIEW_PATH;
    const overview = await callSuccessfully<OverviewResponse>(this.#origin, 'GET', get, undefined, accessToken);
    let events = 0;
    for (const { id } of overview.ended_zaps.filter((zap) => zap.has_successor && zap.dead_letters > 0)) {
      const body = { dry_run: false, conditions: { zap: id, outcome: 'given_up' } };
      const path = CONSOLE_SEND_AGAIN_PATH;
      events += (await callSuccessfully<SendAgainResponse>(this.#origin, 'POST', path, body, accessToken)).events;
    }
    return events;
  }

  /**
   * For each Zap that is on, sends the events that arrived before the Zap was turned on. Returns the number of events.
   *
   * @param from - time from which the Zaps were off; default: the beginning
   */
  async sendMissed({ accessToken }: OpenConsole, from = 0): Promise<number> {
    const path = CONSOLE_SEND_AGAIN_PATH;
    let events = 0;
    for (const { id } of this.#subscribeData.values()) {
      const body = { dry_run: false, conditions: { zap: id, outcome: 'not_wanted', from } };
      events += (await callSuccessfully<SendAgainResponse>(this.#origin, 'POST', path, body, accessToken)).events;
    }
    return events;
  }
}
