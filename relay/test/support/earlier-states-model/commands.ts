/**
 * The commands of the model-based test. Each command makes the same change to the model and to the store, and then
 * compares the model with the store.
 */

import { expect } from '@jest/globals';
import fc from 'fast-check';

import { HOUR } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { CONCERN, DELETED, EDITED, UNWANTED, type Arrival, type Model, type Subscriber } from './model.ts';
import { MAX_BYTES, SMALL_BYTES, type RealStore } from './real-store.ts';
import { SEND_BYTES } from '../store-context.ts';

const SELECTED_BY_BOTH = 'BOTH';
/** Filter of the subscription that exists during the whole run. The filter selects every wanted action. */
export const ALL: Pick<Subscriber, 'url' | 'selects'> = { url: 'https://x/all', selects: (one) => one !== UNWANTED };
/** Actions of the subscription that is created and deleted during the run. */
const FEW_ACTIONS = [DELETED, SELECTED_BY_BOTH];
const FEW: Pick<Subscriber, 'url' | 'selects'> = {
  url: 'https://x/few',
  selects: (action) => FEW_ACTIONS.includes(action),
};

/** The state that the commands of one run share. */
export interface Real {
  readonly store: RealStore;
  readonly seqs: Map<string, number>;
}

type Command = fc.AsyncCommand<Model, Real, true>;

/** Asserts that the store has the same contents as the model. */
async function compare(model: Model, { store, seqs }: Real): Promise<void> {
  // When retention runs, the store deletes remembered deliveries that are no longer needed.
  await store.context.retain(model.now);
  model.retain();
  expect(await store.contents()).toEqual(model.contents());
  expect((await store.store.totals()).rememberedDeliveries).toBe(model.remembered);
  for (const subscriber of model.subscribers) {
    const redriven = subscriber.sends.filter(({ state }) => state === 'redriven');
    expect(await store.redriven(subscriber)).toEqual(redriven.map(({ entry }) => seqs.get(entry.name)));
  }
}

/** Defines a command that ends with a comparison. */
const command = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => Promise.resolve(true),
  run: async (model, real) => {
    await run(model, real);
    await compare(model, real);
  },
  toString: () => name,
});

/** An event about a lesson. Its time is `offset` milliseconds after the minute that the command chooses. */
interface EventPlan {
  readonly action: string;
  readonly subject: string | null;
  readonly offset: number;
}

const eventPlan: fc.Arbitrary<EventPlan> = fc.record({
  action: fc.constantFrom(EDITED, EDITED, SELECTED_BY_BOTH, DELETED, CONCERN, UNWANTED),
  subject: fc.constantFrom('1', '1', '1', '2', null),
  offset: fc.constantFrom(0, 0, 1, -1, 3000, -3000, 5000, -5000, 5001, -5001, 20_000, -20_000, 60_000),
});

const arrivalOf = ({ action, subject, offset }: EventPlan, minutes: number, name: string): Arrival => ({
  name,
  action,
  subject: action === CONCERN ? null : subject,
  eventTime: minutes * 60_000 + offset,
});

async function ingest(plans: readonly EventPlan[], minutes: number, model: Model, real: Real): Promise<void> {
  const arrivals = plans.map((plan, index) => arrivalOf(plan, minutes, `${model.entries.length + index}`));
  const results = await real.store.ingest(arrivals, model.now);
  expect(results).toEqual(arrivals.map(() => 'stored'));
  for (const arrival of arrivals) {
    model.ingest(arrival);
    real.seqs.set(arrival.name, await real.store.seqOf(arrival.name));
  }
}

const subscriberAt = (model: Model, choice: number): Subscriber | undefined =>
  model.subscribers[choice % model.subscribers.length];

/**
 * Marks up to `count` sends of a subscription as delivered or dead, starting with the first send in the state `from`.
 */
async function end(
  choice: number,
  count: number,
  from: 'pending' | 'redriven',
  to: 'delivered' | 'dead',
  model: Model,
  real: Real,
): Promise<void> {
  const subscriber = subscriberAt(model, choice);
  const sends = subscriber?.sends.filter(({ state }) => state === from).slice(0, count) ?? [];
  if (!subscriber || sends.length === 0) return;
  const seqs = sends.map(({ entry }) => real.seqs.get(entry.name) ?? 0);
  await real.store.end(subscriber, seqs, to === 'delivered', model.now);
  for (const send of sends) model.end(send, to);
}

async function redrive(choice: number, model: Model, real: Real): Promise<void> {
  const subscriber = subscriberAt(model, choice);
  if (!subscriber) return;
  await real.store.store.redrive(CHANNEL, real.store.idOf(subscriber));
  for (const send of subscriber.sends) if (send.state === 'dead') send.state = 'redriven';
}

async function toggleSubscription(model: Model, real: Real): Promise<void> {
  const few = model.subscribers.find(({ url }) => url === FEW.url);
  if (few) {
    await real.store.store.unsubscribe(CHANNEL, real.store.idOf(few), model.now);
    model.unsubscribe(few);
    // Retention checks a waiting delivery once an hour.
    model.now += HOUR;
  } else {
    const created = { ...FEW, sends: [] };
    await real.store.subscribe(created, FEW_ACTIONS, model.now);
    model.subscribers.push(created);
  }
}

/**
 * Stores a delivery that evicts every delivery that is not waiting, and then another delivery that evicts the first.
 */
async function fill(model: Model, real: Real): Promise<void> {
  const waiting = model.entries.filter((entry) => entry.hasContent && model.isWaiting(entry));
  const plan = { action: UNWANTED, subject: null, eventTime: 0 };
  const name = `${model.entries.length}`;
  const free = MAX_BYTES - waiting.length * SMALL_BYTES - model.sendsOf(waiting) * SEND_BYTES;
  expect(await real.store.ingest([{ ...plan, name }], model.now, free)).toEqual(['stored']);
  model.makeRoom();
  model.ingest({ ...plan, name });
  real.seqs.set(name, await real.store.seqOf(name));
  const next = `${model.entries.length}`;
  expect(await real.store.ingest([{ ...plan, name: next }], model.now)).toEqual(['stored']);
  model.makeRoom();
  model.ingest({ ...plan, name: next });
  real.seqs.set(next, await real.store.seqOf(next));
}

async function repeat(model: Model, real: Real): Promise<void> {
  const entry = model.entries.at(-1);
  // Skip deliveries that evict other deliveries. They differ in size, and the digests that detect their duplicates
  // expire.
  if (entry?.receivedAt !== model.now || entry.action === UNWANTED) return;
  expect(await real.store.ingest([entry], model.now)).toEqual(['duplicate']);
}

const choice = fc.nat({ max: 1 });
const ingestion = fc
  .tuple(fc.array(eventPlan, { minLength: 1, maxLength: 3 }), fc.nat({ max: 4 }))
  .map(([plans, minutes]) =>
    command(`ingest(${JSON.stringify(plans)}, ${minutes})`, (model, real) => ingest(plans, minutes, model, real)),
  );
const ending = (from: 'pending' | 'redriven', to: 'delivered' | 'dead', counts: readonly number[]) =>
  fc
    .tuple(choice, fc.constantFrom(...counts))
    .map(([one, count]) =>
      command(`end(${one}, ${count}, ${from}, ${to})`, (model, real) => end(one, count, from, to, model, real)),
    );

/**
 * The commands of a run. Some commands are listed several times, so that runs contain them more often and reach more
 * states.
 */
export const modelCommands = fc.commands<Model, Real, true>(
  [
    ingestion,
    ingestion,
    ingestion,
    ending('pending', 'delivered', [1, 2, 1000]),
    ending('pending', 'delivered', [1, 2, 1000]),
    ending('pending', 'dead', [1]),
    ending('redriven', 'delivered', [1]),
    ending('redriven', 'dead', [1]),
    choice.map((one) => command(`redrive(${one})`, (model, real) => redrive(one, model, real))),
    fc.constant(command('toggle the subscription', toggleSubscription)),
    fc.constant(command('repeat', repeat)),
    fc.constant(command('fill', fill)),
    fc.constant(
      command('expire', (model) => {
        model.expire();
        return Promise.resolve();
      }),
    ),
    fc.constant(command('reopen', (_, { store }) => store.context.reopen({}))),
  ],
  { maxCommands: 40, size: 'max' },
);
