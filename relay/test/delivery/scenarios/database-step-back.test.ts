/**
 * Processes whose PostgreSQL database steps back to an earlier state, for example after a failover to a standby that
 * lags behind. The database then assigns the same sequence numbers to other deliveries, and the same keys to other
 * channels and subscriptions.
 */

import { afterEach, beforeEach, expect, it } from '@jest/globals';

import { systemClock } from '../../../clock.ts';
import type { AttemptResult } from '../../../delivery/attempt-result.ts';
import { Dispatcher } from '../../../delivery/dispatcher.ts';
import { DAY } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../../harness/sample-delivery.ts';
import { until } from '../../../harness/until.ts';
import { openPostgresStore } from '../../../store/postgres/postgres-store.ts';
import type { Store } from '../../../store/store.ts';
import { DELIVERED } from '../../support/dispatcher-bed.ts';
import { delivery } from '../../support/new-delivery.ts';
import { TEST_OPTIONS } from '../../support/store-context.ts';
import { describeWithDatabase, schemaOf } from '../../support/test-database.ts';

const NEW_CHANNEL = 'a-channel-that-is-registered-after-the-copy';

describeWithDatabase('a step back of the database', (database) => {
  let store: Store;
  let schema: string;
  let errors: string[];
  /** The deliveries that arrived, in order, with the channels of their targets. */
  let arrived: { readonly target: string; readonly channel: string; readonly id: string }[];
  let respond: (id: string) => AttemptResult | Promise<AttemptResult>;
  let stop: () => Promise<void>;

  beforeEach(async () => {
    const url = await database.newSchema();
    schema = schemaOf(url);
    store = await openPostgresStore(url, { ...TEST_OPTIONS, maxChannelBytes: 1e9 });
    [errors, arrived] = [[], []];
    respond = () => DELIVERED;
    for (const channel of [CHANNEL, OTHER_CHANNEL]) await turnOn(channel);
    const dispatcher = new Dispatcher({
      store,
      sender: {
        send: async (target, { channel, id }) => {
          arrived.push({ target, channel, id });
          return respond(id);
        },
      },
      clock: systemClock,
      pacePerSubscription: 100_000,
      pacePerChannel: 100_000,
      log: { info: () => undefined, warn: () => undefined, error: (_fields, message) => errors.push(message) },
    });
    dispatcher.start();
    stop = async () => {
      await dispatcher.stop();
      await store.close();
    };
  });
  afterEach(() => stop());

  /** Registers a channel, and turns on a Zap whose target is the name of the channel. */
  async function turnOn(channel: string): Promise<void> {
    await store.registerChannel(channel, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY }, 0);
    await store.subscribe(channel, { targetUrl: channel, filter: { actions: ['A'] } }, 9, 0);
  }

  /** Ingests deliveries. Returns their ids. */
  async function send(channel: string, count: number): Promise<string[]> {
    const deliveries = Array.from({ length: count }, () => delivery('A', { channel, receivedAt: Date.now() }));
    expect(await store.ingest(deliveries)).toEqual(deliveries.map(() => 'stored'));
    return deliveries.map(({ id }) => id);
  }
  /** Returns the ids of the deliveries at a target, in the order of their first arrival. */
  const idsAt = (target: string) => [...new Set(arrived.filter((each) => each.target === target).map(({ id }) => id))];
  const haveArrived = (target: string, ids: readonly string[]) =>
    until(() => ids.every((id) => idsAt(target).includes(id)));

  /** Runs a statement for each table. In the statement, `%1$I` stands for the name of the table. */
  const forEachTable = (statement: string) => `FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = '${schema}' LOOP EXECUTE format('${statement}', name); END LOOP;`;

  /** Copies all rows, and the last assigned numbers. */
  const copy = () =>
    database.query(`DO $$ DECLARE name text; BEGIN
      CREATE SCHEMA ${schema}_copy;
      ${forEachTable(`CREATE TABLE ${schema}_copy.%1$I AS TABLE ${schema}.%1$I`)}
      CREATE TABLE ${schema}_copy.last_numbers AS
        SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = '${schema}';
    END $$`);

  /** Replaces all rows with the copy. */
  const stepBack = () =>
    database.query(`DO $$ DECLARE name text; BEGIN
      ${forEachTable(`DELETE FROM ${schema}.%1$I`)}
      ${forEachTable(`INSERT INTO ${schema}.%1$I SELECT * FROM ${schema}_copy.%1$I`)}
      PERFORM setval(format('${schema}.%I', sequencename)::regclass, coalesce(last_value, 1), last_value IS NOT NULL)
        FROM ${schema}_copy.last_numbers;
    END $$`);

  it('loses only events from after the copy, and sends no event to the Zap of another channel', async () => {
    await haveArrived(CHANNEL, await send(CHANNEL, 3));
    await haveArrived(OTHER_CHANNEL, await send(OTHER_CHANNEL, 1));
    await copy();
    const lost = await send(CHANNEL, 20);
    await haveArrived(CHANNEL, lost);

    await stepBack();
    const others = await send(OTHER_CHANNEL, 10);
    const own = await send(CHANNEL, 10);
    await haveArrived(OTHER_CHANNEL, others);
    await haveArrived(CHANNEL, own);
    expect(arrived.filter(({ target, channel }) => target !== channel)).toEqual([]);
    expect(idsAt(OTHER_CHANNEL).slice(-10)).toEqual(others);
    expect(idsAt(CHANNEL).slice(-10)).toEqual(own);
    // All events can arrive before the process notices the step back at its next heartbeat.
    await until(() => errors.length > 0);
    expect(errors).toEqual([
      expect.stringMatching(/^The database has gone back to an earlier state.*After a step back/),
    ]);
    // The process stores the data key of the deliveries again, although it has stored the key before.
    expect(await store.dataKeys(CHANNEL, 9)).toHaveLength(1);
  });

  it('applies no result of a lost event, and no result to a subscription of another channel', async () => {
    await copy();
    await turnOn(NEW_CHANNEL);
    const held = Promise.withResolvers<AttemptResult>();
    respond = () => held.promise;
    const lost = await send(NEW_CHANNEL, 1);
    await haveArrived(NEW_CHANNEL, lost);

    await stepBack();
    respond = () => DELIVERED;
    const channel = `${NEW_CHANNEL}-2`;
    await turnOn(channel);
    const ids = await send(channel, 1);
    // The numbers of the delivery, the channel and the subscription now belong to other rows.
    held.resolve({ type: 'failed', reason: 'HTTP 500', retryAfterMs: null });
    await haveArrived(channel, ids);
    expect(arrived.filter((each) => each.target !== each.channel)).toEqual([]);
    await until(async () => (await store.channelState(channel, Date.now()))?.subscriptions[0]?.lastSuccessAt !== null);
    expect((await store.channelState(channel, Date.now()))?.subscriptions).toMatchObject([
      { pending: 0, failures: 0, lastFailure: null },
    ]);
  });
});
