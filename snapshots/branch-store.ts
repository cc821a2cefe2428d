/**
 * The store of a snapshot: an invented branch whose relay has every kind of row. The events are sealed as a relay seals
 * them, so that a connector can open them. All times are relative to {@link SNAPSHOT_AT}.
 */

import type Database from 'better-sqlite3';

import { requestFromTutorCruncher } from '../local/signed-delivery.ts';
import { HOUR } from '../relay/harness/durations.ts';
import { CHANNEL, KEY, ORIGIN, SEAL_KEY, TOKEN } from '../relay/harness/sample-delivery.ts';
import { tellOfProblems } from '../relay/monitoring/notices.ts';
import { storeOptions } from '../relay/periodic-retention.ts';
import { createDataKeys } from '../relay/sealing/data-keys.ts';
import { createRoutingReader } from '../relay/sealing/routing-reader.ts';
import { createSealer } from '../relay/sealing/sealer.ts';
import type { Delivery } from '../relay/store/deliveries/stored-delivery.ts';
import type { SendResult, ReportedState, WaitingSend } from '../relay/store/rows/send.ts';
import { openSqliteStore, type SqliteStore } from '../relay/store/sqlite/open-file.ts';
import type { Subscription } from '../relay/store/rows/subscription.ts';
import { deriveNoticeKey, deriveSubscriptionSecret, hashOfAccessToken, hashOfSecret } from '../wire/capability.ts';
import { deriveLink, wrapLinkKey } from '../wire/console-link.ts';
import type { JsonObject } from '../wire/json.ts';
import { LINK_HOURS, MAX_LINKS } from '../wire/link-api.ts';
import { noticeAction, NOTICE_TRIGGER, PROBLEM_KINDS } from '../wire/notice.ts';
import { EnvelopeOpener } from '../wire/sealing/envelope-opener.ts';
import { deliveryOf, triggerOf } from '../local/hook-calls.ts';
import { LINK_SECRET, ORIGIN_OF_TARGETS, SNAPSHOT_AT } from './constants.ts';

/** Options of the store that creates the snapshot. */
const OPTIONS = storeOptions({ maxChannelMb: 100, retentionHours: 72 });

/** The id of the process that serves the store. */
export const PROCESS = '00000000-0000-4000-8000-000000000001';
/** The beginning of the target URLs. */
export const TARGETS = `${ORIGIN_OF_TARGETS}/hooks/`;

/** The triggers of the Zaps. The names of the Zaps are the last parts of their target URLs. */
export const ZAPS: Readonly<Record<string, string>> = {
  lessons: 'lesson_completed',
  clients: 'client_updated',
  invoices: 'invoice_paid',
  everything: 'any_event',
  jobs: 'job_created',
  notes: 'note_added',
  problems: NOTICE_TRIGGER,
  late: 'client_status_changed',
};

const fail = (_fields: object, message: string): never => {
  throw new Error(message);
};

/** Fills a store over simulated weeks. */
export class BranchStore {
  now = 0;
  readonly store: SqliteStore;
  readonly #clock = { now: () => this.now, sleep: () => Promise.resolve() };
  readonly #dataKeys = createDataKeys(this.#clock, 9);
  readonly #sealer = createSealer(
    this.#dataKeys,
    createRoutingReader(() => 0),
  );
  readonly #zaps = new Map<string, Subscription>();

  constructor(path: string) {
    this.store = openSqliteStore(path, OPTIONS, () => this.now);
  }

  get database(): Database.Database {
    return this.store.database;
  }

  /** Moves the clock to a time before the snapshot. */
  before(milliseconds: number): void {
    this.now = SNAPSHOT_AT - milliseconds;
  }

  async turnOn(name: string, channel = CHANNEL): Promise<void> {
    const targetUrl = `${TARGETS}${name}/`;
    const trigger = ZAPS[name] ?? '';
    const isNotified = trigger === NOTICE_TRIGGER;
    const actions = { actions: PROBLEM_KINDS.map(noticeAction) };
    const zap = await this.store.subscribe(
      channel,
      {
        targetUrl,
        filter: isNotified ? actions : triggerOf(trigger).filter.actions,
        secretHash: hashOfSecret(deriveSubscriptionSecret(TOKEN, targetUrl)),
        description: { trigger: name, options: [{ label: 'Only For', value: 'ID 7' }], zap_id: '123456789' },
        noticeKey: isNotified ? deriveNoticeKey(KEY, ORIGIN) : null,
      },
      200,
      this.now,
    );
    if (zap === 'full') throw new Error('The channel is full.');
    this.#zaps.set(name, zap);
  }

  zap(name: string): Subscription {
    const zap = this.#zaps.get(name);
    if (!zap) throw new Error(`There is no Zap "${name}".`);
    return zap;
  }

  /** Receives a body or a delivery from TutorCruncher. */
  async receive(delivery: object | string, channel = CHANNEL): Promise<void> {
    const content = typeof delivery === 'string' ? Buffer.from(delivery) : delivery;
    const { body, headers } = requestFromTutorCruncher(content, KEY);
    const received = {
      channel,
      body: Buffer.from(body),
      signature: headers['Webhook-Signature'] ?? '',
      contentType: 'application/json',
      receivedAt: this.now,
    };
    const results = await this.store.ingest([await this.#sealer.seal(received, SEAL_KEY)]);
    if (results.join() !== 'stored') throw new Error(`A delivery is not stored: ${results.join()}.`);
  }

  /** Returns the sample event of a trigger. The event happens two seconds before the present time. */
  event(trigger: string, id: number, fields: JsonObject = {}): JsonObject {
    const { sampleEvent } = triggerOf(trigger);
    const timestamp = new Date(this.now - 2_000).toISOString().replace('Z', '000Z');
    return { ...sampleEvent, timestamp, subject: { ...sampleEvent.subject, ...fields, id } };
  }

  /** Receives an event whose subject differs from the sample. */
  happen(trigger: string, id: number, fields: JsonObject = {}): Promise<void> {
    return this.receive(deliveryOf(this.event(trigger, id, fields)));
  }

  /** Receives an event in another channel. */
  happenIn(channel: string): Promise<void> {
    return this.receive(deliveryOf(this.event('lesson_completed', 609)), channel);
  }

  /**
   * Ends an attempt of each delivery that waits for a Zap, or an attempt of one delivery. Each attempt is a second
   * later than the previous attempt.
   */
  async attempt(
    name: string,
    result: Partial<SendResult> = {},
    changes: Partial<ReportedState> = {},
    response = '',
    only: WaitingSend | 'all' | 'first' = 'all',
  ): Promise<Delivery[]> {
    const { key, id } = this.zap(name);
    const pending = await this.store.pending(key, 0, 100);
    const waiting = only === 'all' ? pending : only === 'first' ? pending.slice(0, 1) : [only];
    await this.store.heartbeat(PROCESS, null).catch(() => this.store.heartbeat(PROCESS, 0));
    const claims = await this.store.claim(PROCESS, 9);
    const held = claims.find(({ channel }) => channel === CHANNEL);
    if (!held) throw new Error('The channel is not due.');
    const deliveries = await this.store.deliveries(
      held.key,
      waiting.map(({ seq }) => seq),
    );
    const sends: SendResult[] = [];
    for (const { seq, deliveryId, isSentAgain } of waiting) {
      this.now += 1_000;
      const delivery = deliveries.find((each) => each.seq === seq);
      const sealed = delivery && response !== '' ? await this.#sealer.sealResponse(delivery, response) : null;
      sends.push({
        seq,
        deliveryId,
        subscription: key,
        subscriptionId: id,
        state: 'delivered',
        failure: null,
        ...(sealed && { response: sealed }),
        endedAt: this.now,
        durationMs: 120,
        isRecorded: result.failure !== undefined,
        isSentAgain,
        ...result,
      });
    }
    const state: ReportedState = {
      subscription: key,
      subscriptionId: id,
      failures: 0,
      failingSince: null,
      lastFailure: null,
      suspectSince: null,
      nextAttemptAt: 0,
      refusedTries: 0,
      refusedEvents: 0,
      outageFrom: null,
      redriveFailures: 0,
      nextRedriveAt: 0,
      lastSuccessAt: result.failure === undefined ? this.now : null,
      skippedSeq: null,
      ...changes,
    };
    await this.store.saveResults(PROCESS, [{ channel: held.key, claim: held.claim, sends, states: [state] }]);
    await this.store.giveBack(
      PROCESS,
      claims.map(({ key: channel, claim }) => ({ channel, claim })),
    );
    return deliveries;
  }

  async deliverAll(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.attempt(name);
  }

  tellOfProblems(): Promise<void> {
    const log = { info: () => undefined, warn: () => undefined, error: fail };
    return tellOfProblems({ store: this.store, dataKeys: this.#dataKeys, clock: this.#clock, log });
  }

  /** Returns verdicts on the newest webhooks. All webhooks are valid, except perhaps the newest webhook. */
  async #verdicts(isNewestValid = true) {
    return (await this.store.latest(CHANNEL, null, 3)).map(({ id, receivedAt }, index) => ({
      delivery_id: id,
      received_at: receivedAt,
      is_valid: index > 0 || isNewestValid,
    }));
  }

  /** Reports that a Zap has refused the signature of the newest webhook. */
  async reportSignature(): Promise<void> {
    await this.store.noteVerdicts(CHANNEL, await this.#verdicts(false), true, this.now);
  }

  /** Creates the link to the console as the connector does. */
  async link(): Promise<void> {
    const { accessToken, wrappingKey } = await deriveLink(LINK_SECRET);
    const opener = new EnvelopeOpener(KEY, ORIGIN);
    const keys = [];
    for (const { keyId, wrappedKey } of await this.store.dataKeys(CHANNEL, 99)) {
      const dataKey = await opener.unwrapDataKey(keyId, wrappedKey.toString('base64'));
      keys.push({ key_id: keyId, wrapped_key: await wrapLinkKey(wrappingKey, dataKey, { channel: CHANNEL, keyId }) });
    }
    const verdicts = await this.#verdicts();
    const [verdict = null] = verdicts;
    const link = { tokenHash: hashOfAccessToken(accessToken), keys, verdict, verdicts };
    await this.store.addLink(CHANNEL, link, LINK_HOURS * HOUR, MAX_LINKS);
  }
}
