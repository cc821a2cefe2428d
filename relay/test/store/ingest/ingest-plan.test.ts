/** Tests of the plan for a group of deliveries. `ingest.test.ts` tests how a store carries out the plan. */

import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../../harness/sample-delivery.ts';
import { digestKey, digestText } from '../../../store/ingest/duplicates.ts';
import type { IngestFacts, LockedChannel } from '../../../store/ingest/ingest-facts.ts';
import {
  admittedIn,
  byChannel,
  decide,
  excessOf,
  refuseExcess,
  SEND_BYTES,
  useOf,
} from '../../../store/ingest/ingest-plan.ts';
import type { Ingested, NewDelivery } from '../../../store/deliveries/new-delivery.ts';
import { delivery, type DeliveryChanges } from '../../support/new-delivery.ts';

const NOW = 1_000 * HOUR;
const WINDOW = 72 * HOUR;
const LIMITS = { maxChannelBytes: 1000, maxChannelDeliveries: 5, duplicateMs: WINDOW };

const ONE: LockedChannel = {
  key: 1,
  channel: CHANNEL,
  sealKey: Buffer.from(SEAL_KEY),
  newestSeq: 0,
  newestNumber: 0,
  waitingBytes: 0,
  storedBytes: 0,
  digests: 0,
  oldUrlEventAt: null,
  dueAt: null,
  lastEventAt: null,
  busySlots: 0,
  silenceCheckAt: null,
  silentAt: null,
  refusedAt: null,
  problemsCheckAt: null,
  signaturesCheckedAt: null,
  foreignAt: null,
  isForeignMixed: false,
  signedAt: null,
};
const OTHER: LockedChannel = { ...ONE, key: 2, channel: OTHER_CHANNEL };

/** Returns the facts about two channels. The first channel has a subscription to the action `A`. */
function factsWith({
  one = {},
  ...changes
}: Partial<Omit<IngestFacts, 'channels'>> & { readonly one?: Partial<LockedChannel> } = {}): IngestFacts {
  return {
    channels: new Map([ONE, OTHER].map((channel) => [channel.channel, channel === ONE ? { ...ONE, ...one } : channel])),
    digests: new Map(),
    subjects: new Map(),
    filters: new Map([[ONE.key, [{ channel: ONE.key, subscription: 7, filter: { actions: ['A'] } }]]]),
    seqs: [],
    now: NOW,
    ...changes,
  };
}

let bodies = 0;
/** Returns a delivery with a size in bytes. The body of the delivery is used as its content. */
const sized = (action: string, bytes: number, changes: DeliveryChanges = {}): NewDelivery =>
  delivery(action, { receivedAt: NOW, body: Buffer.from(String(++bodies).padEnd(bytes, '.')), ...changes });
const knownSince = (known: NewDelivery, age: number, channel = ONE.key) =>
  new Map([[digestKey(channel, digestText(known)), NOW - age]]);
const resultsOf = (facts: IngestFacts, deliveries: readonly NewDelivery[]) =>
  decide(facts, deliveries, LIMITS).map(({ result }) => result);

describe('a delivery', () => {
  const some = sized('A', 100);
  const otherKey = sized('A', 100);
  const withOtherKey = {
    ...otherKey,
    content: otherKey.content && { ...otherKey.content, sealKey: Buffer.alloc(32, 'other') },
  };
  const withoutContent = sized('', 100, { actions: [] });
  const selected = (bytes: number) => sized('A', bytes - SEND_BYTES);
  const tooLarge = selected(1001);

  it.each<[name: string, facts: IngestFacts, deliveries: readonly NewDelivery[], results: readonly Ingested[]]>([
    ['is stored', factsWith(), [some], ['stored']],
    ['of an unknown channel is refused', factsWith(), [sized('A', 1, { channel: 'unknown' })], ['unregistered']],
    ['is a duplicate within the window', factsWith({ digests: knownSince(some, WINDOW - 1) }), [some], ['duplicate']],
    ['is stored again after the window', factsWith({ digests: knownSince(some, WINDOW) }), [some], ['stored']],
    ['of another channel is no duplicate', factsWith({ digests: knownSince(some, 1, 2) }), [some], ['stored']],
    ['is stored once if a group contains it twice', factsWith(), [some, some], ['stored', 'duplicate']],
    ['of each channel is stored', factsWith(), [some, { ...some, channel: OTHER_CHANNEL }], ['stored', 'stored']],
    ['is no duplicate of a refused delivery', factsWith(), [tooLarge, tooLarge], ['full', 'full']],
    ['that is sealed for a different key is refused', factsWith(), [withOtherKey], ['other-seal-key']],
    [
      'that is known is a duplicate under any key',
      factsWith({ digests: knownSince(otherKey, 1) }),
      [withOtherKey],
      ['duplicate'],
    ],
    ['without content has no seal key', factsWith(), [{ ...withoutContent, digest: some.digest }], ['stored']],
    ['fills the room for waiting deliveries', factsWith({ one: { waitingBytes: 600 } }), [selected(400)], ['stored']],
    ['that waits needs room', factsWith({ one: { waitingBytes: 600 } }), [selected(401)], ['full']],
    ['that nobody wants needs none', factsWith({ one: { waitingBytes: 600 } }), [sized('B', 1000)], ['stored']],
    ['over the limit is refused although nobody wants it', factsWith(), [sized('B', 1001)], ['full']],
    ['takes room from the next delivery', factsWith(), [600, 401, 400].map(selected), ['stored', 'full', 'stored']],
    [
      'takes no room from another channel',
      factsWith(),
      [selected(600), sized('A', 1000, { channel: OTHER_CHANNEL })],
      ['stored', 'stored'],
    ],
    [
      'finds room although the channel is full of other deliveries',
      factsWith({ one: { storedBytes: 1000 } }),
      [some],
      ['stored'],
    ],
  ])('%s', (_name, facts, deliveries, results) => {
    expect(resultsOf(facts, deliveries)).toEqual(results);
  });

  it.each<[name: string, delivery: NewDelivery, admitted: object]>([
    ['that a filter selects has a send', some, { subscriptions: [7], bytes: 100 + SEND_BYTES, content: some.content }],
    ['with unknown actions has a send', sized('B', 100, { actions: null }), { subscriptions: [7] }],
    ['that no filter selects has none', sized('B', 100), { subscriptions: [], bytes: 100 }],
    ['of another channel has none', sized('A', 100, { channel: OTHER_CHANNEL }), { subscriptions: [] }],
    ['without content has none', { ...withoutContent, actions: null }, { subscriptions: [], bytes: 0, content: null }],
    [
      'about a concern keeps its content if it is selected',
      sized('A', 100, { isConcern: true }),
      { subscriptions: [7] },
    ],
    [
      'about a concern loses its content if it is not selected',
      sized('B', 100, { isConcern: true }),
      { content: null },
    ],
  ])('%s', (_name, stored, admitted) => {
    const [decision] = decide(factsWith(), [stored], LIMITS);
    expect(decision).toMatchObject({ result: 'stored', admitted });
    // Check explicitly, because Jest's `toMatchObject` treats a list with `undefined` as an empty list.
    expect(decision?.admitted?.subscriptions).not.toContain(undefined);
    expect(decision?.admitted?.content === null).toBe('content' in admitted && admitted.content === null);
  });

  it('is a repeat if its digest arrived before the duplicate window', () => {
    const [known, unknown] = decide(factsWith({ digests: knownSince(some, WINDOW) }), [some, sized('A', 1)], LIMITS);
    expect([known?.admitted?.isRepeat, unknown?.admitted?.isRepeat]).toEqual([true, false]);
  });
});

describe('a channel', () => {
  const repeat = sized('B', 1);
  const concern = sized('B', 100, { isConcern: true });

  it.each<[name: string, one: Partial<LockedChannel>, deliveries: readonly NewDelivery[], excess: object | null]>([
    ['is within its limits', { storedBytes: 700, digests: 4 }, [sized('B', 300)], null],
    ['exceeds the limit on bytes', { storedBytes: 700 }, [sized('B', 301)], { bytes: 1, digests: 0 }],
    ['exceeds the limit on digests', { digests: 4 }, [sized('B', 1), sized('B', 1)], { bytes: 0, digests: 1 }],
    ['counts a digest that it has once', { digests: 5 }, [repeat], null],
    ['counts a digest of a group once', { digests: 4 }, [concern, concern], null],
    ['stores nothing of a concern that nobody wants', { storedBytes: 1000 }, [concern], null],
    ['counts nothing of refused deliveries', { digests: 5, waitingBytes: 1000 }, [sized('A', 1)], null],
  ])('%s', (_name, one, deliveries, excess) => {
    const facts = factsWith({ one, digests: knownSince(repeat, WINDOW) });
    const found = excessOf(facts, decide(facts, deliveries, LIMITS), LIMITS);
    expect(found.map(({ bytes, digests }) => ({ bytes, digests }))).toEqual(excess === null ? [] : [excess]);
    expect(found.every(({ channel }) => channel.key === ONE.key)).toBe(true);
  });

  it('has no limit on digests unless one is set', () => {
    const facts = factsWith({ one: { digests: 1e9 } });
    const limits = { maxChannelBytes: 1000, duplicateMs: WINDOW };
    expect(excessOf(facts, decide(facts, [sized('B', 1)], limits), limits)).toEqual([]);
  });

  it('counts the bytes that wait, and all bytes', () => {
    const deliveries = [sized('A', 100), sized('B', 200), concern, sized('A', 50, { channel: OTHER_CHANNEL })];
    const facts = factsWith({ one: { waitingBytes: 10, storedBytes: 20, digests: 1 } });
    const admitted = byChannel(admittedIn(decide(facts, deliveries, LIMITS)));
    const useBy = ({ key, channel }: LockedChannel) =>
      useOf(facts.channels.get(channel) ?? ONE, admitted.get(key) ?? [], facts);
    expect(useBy(ONE)).toEqual({ waitingBytes: 110 + SEND_BYTES, storedBytes: 320 + SEND_BYTES, digests: 4 });
    expect(useBy(OTHER)).toEqual({ waitingBytes: 0, storedBytes: 50, digests: 1 });
  });
});

describe('after a removal', () => {
  const copy = sized('B', 300);
  const elsewhere = sized('B', 900, { channel: OTHER_CHANNEL });
  const withoutContent = sized('', 1, { actions: [] });
  const [first, second, third] = [sized('B', 300), sized('B', 300), sized('B', 300)];

  it.each<[name: string, storedBytes: number, deliveries: readonly NewDelivery[], results: readonly Ingested[]]>([
    ['every delivery that fits is stored', 100, [first, second, third], ['stored', 'stored', 'stored']],
    ['the newest deliveries are refused', 101, [first, second, third], ['stored', 'stored', 'full']],
    ['only as many deliveries as necessary are refused', 401, [first, second, third], ['stored', 'full', 'full']],
    ['deliveries without content are stored', 701, [first, withoutContent], ['full', 'stored']],
    ['deliveries of other channels are stored', 701, [first, elsewhere], ['full', 'stored']],
    ['the copies of a refused delivery are refused', 701, [copy, withoutContent, copy], ['full', 'stored', 'full']],
    ['the copies of a stored delivery are duplicates', 401, [copy, copy, second], ['stored', 'duplicate', 'full']],
  ])('%s', (_name, storedBytes, deliveries, results) => {
    const before = factsWith({ one: { storedBytes: 1000 } });
    const decisions = decide(before, deliveries, LIMITS);
    const after = factsWith({ one: { storedBytes } });
    const refused = refuseExcess(after, decisions, LIMITS);
    expect(refused.map(({ result }) => result)).toEqual(results);
    expect(admittedIn(refused)).toHaveLength(results.filter((result) => result === 'stored').length);
  });
});
