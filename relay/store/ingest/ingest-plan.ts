/** Pure functions that decide which deliveries of a group are stored. */

import { selectsDelivery } from '../../../wire/action-filter.ts';
import { digestKey, digestText, repetitionOf } from './duplicates.ts';
import type { IngestFacts, LockedChannel } from './ingest-facts.ts';
import type { Ingested, NewDelivery, SealedContent } from '../deliveries/new-delivery.ts';
import type { StoreOptions } from '../store-options.ts';

/**
 * Number of bytes that each send adds to the size of its delivery, so that a stranger cannot fill the database with
 * events for many Zaps.
 */
export const SEND_BYTES = 150;

/** A delivery whose arrival is recorded. */
export interface AdmittedDelivery {
  readonly delivery: NewDelivery;
  readonly channel: LockedChannel;
  /** Digest of the delivery, in Base64. */
  readonly digest: string;
  /**
   * The content to store; null if the delivery has no content, or is about a wellbeing concern that no subscription
   * selects.
   */
  readonly content: SealedContent | null;
  /** Size of the content and of the sends in bytes, which counts towards the limits of the channel. */
  readonly bytes: number;
  /** Keys of the subscriptions that select the delivery. */
  readonly subscriptions: readonly number[];
  /** True if a delivery with the same digest arrived earlier, before the duplicate window. */
  readonly isRepeat: boolean;
}

/** The decision about a delivery. */
export interface Decision {
  readonly result: Ingested;
  /** The delivery if it is stored, or the delivery of the same group that it duplicates; otherwise null. */
  readonly admitted: AdmittedDelivery | null;
}

/** The limits and periods that determine the decisions about deliveries. */
export type IngestLimits = Pick<StoreOptions, 'maxChannelBytes' | 'maxChannelDeliveries' | 'duplicateMs'>;

/** The counters of a channel after a group is stored. */
export interface ChannelUse {
  readonly waitingBytes: number;
  readonly storedBytes: number;
  readonly digests: number;
}

/** The amounts by which a channel exceeds its limits. */
export interface Excess {
  readonly channel: LockedChannel;
  readonly bytes: number;
  readonly digests: number;
}

const refused = (result: Ingested): Decision => ({ result, admitted: null });

/** Returns the deliveries that are stored, in the order of their arrival. */
export const admittedIn = (decisions: readonly Decision[]): AdmittedDelivery[] =>
  decisions.flatMap(({ result, admitted }) => (result === 'stored' && admitted ? [admitted] : []));

/** Groups deliveries by channel key. */
export const byChannel = (admitted: readonly AdmittedDelivery[]): ReadonlyMap<number, readonly AdmittedDelivery[]> =>
  Map.groupBy(admitted, ({ channel }) => channel.key);

/** Returns the counters of a channel after its admitted deliveries are stored. */
export function useOf(
  channel: LockedChannel,
  own: readonly AdmittedDelivery[],
  { digests }: Pick<IngestFacts, 'digests'>,
): ChannelUse {
  const names = new Set(own.map(({ digest }) => digestKey(channel.key, digest)));
  const bytesOf = (some: readonly AdmittedDelivery[]) => some.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    waitingBytes: channel.waitingBytes + bytesOf(own.filter(({ subscriptions }) => subscriptions.length > 0)),
    storedBytes: channel.storedBytes + bytesOf(own.filter(({ content }) => content)),
    digests: channel.digests + [...names].filter((name) => !digests.has(name)).length,
  };
}

/** Returns the decision on each delivery of a group. Ignores limits that can be met by removing older deliveries. */
export function decide(facts: IngestFacts, deliveries: readonly NewDelivery[], limits: IngestLimits): Decision[] {
  const { maxChannelBytes, duplicateMs } = limits;
  /** The newest delivery of the group with each digest. */
  const inGroup = new Map<string, AdmittedDelivery>();
  const waitingBytes = new Map([...facts.channels.values()].map((each) => [each.key, each.waitingBytes]));

  return deliveries.map((delivery): Decision => {
    const channel = facts.channels.get(delivery.channel);
    if (!channel) return refused('unregistered');
    const digest = digestText(delivery);
    const name = digestKey(channel.key, digest);
    const original = inGroup.get(name) ?? null;
    const earlierAt = original?.delivery.receivedAt ?? facts.digests.get(name);
    const repetition = repetitionOf(delivery, earlierAt, duplicateMs);
    if (repetition === 'duplicate') return { result: 'duplicate', admitted: original };
    const { content, actions, isConcern } = delivery;
    if (content && !channel.sealKey.equals(content.sealKey)) return refused('other-seal-key');

    const filters = content ? (facts.filters.get(channel.key) ?? []) : [];
    const subscriptions = filters
      .filter(({ filter }) => selectsDelivery(filter, actions))
      .map(({ subscription }) => subscription);
    const isSelected = subscriptions.length > 0;
    const bytes = content ? content.sealed.length + SEND_BYTES * subscriptions.length : 0;
    const waiting = (waitingBytes.get(channel.key) ?? 0) + (isSelected ? bytes : 0);
    if (bytes > maxChannelBytes || waiting > maxChannelBytes) return refused('full');

    waitingBytes.set(channel.key, waiting);
    const isKept = isSelected || !isConcern;
    const admitted: AdmittedDelivery = {
      delivery,
      channel,
      digest,
      content: isKept ? content : null,
      bytes,
      subscriptions,
      isRepeat: repetition === 'repeat',
    };
    inGroup.set(name, admitted);
    return { result: 'stored', admitted };
  });
}

/** Returns the channels that exceed their limits if all admitted deliveries are stored. */
export function excessOf(facts: IngestFacts, decisions: readonly Decision[], limits: IngestLimits): Excess[] {
  const { maxChannelBytes, maxChannelDeliveries = Infinity } = limits;
  const admitted = byChannel(admittedIn(decisions));
  return [...facts.channels.values()].flatMap((channel) => {
    const use = useOf(channel, admitted.get(channel.key) ?? [], facts);
    const bytes = Math.max(0, use.storedBytes - maxChannelBytes);
    const digests = Math.max(0, use.digests - maxChannelDeliveries);
    return bytes > 0 || digests > 0 ? [{ channel, bytes, digests }] : [];
  });
}

/**
 * Refuses the newest deliveries with content if a channel has no room for them after older deliveries were removed.
 * Also refuses their duplicates in the group, because only a stored delivery has duplicates.
 *
 * @param facts - the facts after the removal
 */
export function refuseExcess(facts: IngestFacts, decisions: readonly Decision[], limits: IngestLimits): Decision[] {
  const admitted = byChannel(admittedIn(decisions));
  const refusedOnes = new Set<AdmittedDelivery>();
  for (const channel of facts.channels.values()) {
    const own = admitted.get(channel.key) ?? [];
    let { storedBytes } = useOf(channel, own, facts);
    for (const each of own.toReversed()) {
      if (!each.content || storedBytes <= limits.maxChannelBytes) continue;
      storedBytes -= each.bytes;
      refusedOnes.add(each);
    }
  }
  return decisions.map((decision) =>
    decision.admitted && refusedOnes.has(decision.admitted) ? refused('full') : decision,
  );
}
