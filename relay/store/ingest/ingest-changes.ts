/**
 * Pure functions that turn the facts about a group of deliveries into the changes that store its admitted deliveries.
 */

import { isDeletion } from '../../../wire/deletion.ts';
import { insertRows, updateRows, type Change } from '../database/database.ts';
import { subjectKey, type IngestFacts, type LockedChannel, type SubjectRow } from './ingest-facts.ts';
import { byChannel, useOf, type AdmittedDelivery } from './ingest-plan.ts';
import { addState, hasSubject, NO_STATES, type EarlierStates } from '../deliveries/earlier-states.ts';
import { deliveryChanges, type SealedContent, type DeliveryToStore } from '../deliveries/new-delivery.ts';
import { signedAfter } from '../problems/signature-checks.ts';
import { countArrival, type ArrivalColumns } from '../problems/silence.ts';
import type { StoreOptions } from '../store-options.ts';
import type { WrittenRow } from '../database/row-types.ts';

/** A delivery whose content is stored. */
interface Kept extends AdmittedDelivery {
  readonly content: SealedContent;
  readonly seq: number;
  /** Position of the delivery among the deliveries of its channel. */
  readonly number: number;
}

/** The states of the subjects that the deliveries of a group are about. */
interface GroupStates {
  /**
   * The earlier deliveries that each stored delivery is compared with, by the sequence number of the stored delivery.
   */
  readonly earlier: ReadonlyMap<number, EarlierStates>;
  /** The subjects whose newest state is a delivery of the group. */
  readonly subjects: readonly SubjectRow[];
  /** Sequence numbers of the deliveries that are no longer the newest states of their subjects. */
  readonly replaced: readonly number[];
}

/** Numbers the deliveries whose content is stored. */
function keptOf(admitted: readonly AdmittedDelivery[], { channels, seqs }: IngestFacts): Kept[] {
  const numbers = new Map([...channels.values()].map(({ key, newestNumber }) => [key, newestNumber]));
  const kept: Kept[] = [];
  for (const each of admitted) {
    if (!each.content) continue;
    const number = (numbers.get(each.channel.key) ?? 0) + 1;
    numbers.set(each.channel.key, number);
    kept.push({ ...each, content: each.content, seq: seqs[kept.length] ?? 0, number });
  }
  return kept;
}

/** Adds deliveries to the states of their subjects, in the order of their arrival. */
function addStates(kept: readonly Kept[], facts: Pick<IngestFacts, 'subjects'>): GroupStates {
  const subjects = new Map(facts.subjects);
  const earlier = new Map<number, EarlierStates>();
  const replaced = new Set<number>();
  for (const { delivery, channel, seq, subscriptions } of kept) {
    if (!hasSubject(delivery)) continue;
    const { model, subjectId, eventTime, receivedAt, actions } = delivery;
    const name = subjectKey(channel.key, model, subjectId);
    const known = subjects.get(name);
    const added = addState(known, { seq, eventTime, receivedAt });
    const isNewest = added.state.seq === seq;
    if (isNewest && known) replaced.add(known.seq);
    // A deletion that no subscription selects immediately ends the comparison of its subject.
    const isUnselected = subscriptions.length === 0;
    const hasEnded = added.state.hasEnded || (isNewest && isUnselected && isDeletion(model, actions));
    subjects.set(name, { ...added.state, channel: channel.key, model, subjectId, hasEnded });
    earlier.set(seq, hasEnded ? NO_STATES : added.earlier);
  }
  const seqs = new Set(kept.map(({ seq }) => seq));
  return {
    earlier,
    subjects: [...subjects.values()].filter(({ seq }) => seqs.has(seq)),
    replaced: [...replaced].filter((seq) => seq > 0 && !seqs.has(seq)),
  };
}

function storedDelivery(kept: Kept, earlier: EarlierStates, options: StoreOptions): DeliveryToStore {
  const { delivery, channel, content, subscriptions, seq, number, bytes, isRepeat } = kept;
  const { id, receivedAt, actions, model, subjectId, eventTime, isConcern } = delivery;
  const columns = {
    seq,
    channel: channel.key,
    number,
    id,
    receivedAt,
    expiresAt: receivedAt + Math.min(options.bodyMs, options.deadLetterMs),
    actions: JSON.stringify(actions),
    model,
    subjectId,
    eventTime,
    earlierSeq: earlier.earlierSeq,
    burst: earlier.burst,
    isConcern,
    isRepeat,
    isRemembered: false,
    bytes,
  };
  return { columns, content, subscriptions };
}

const digestRow = ({ digest, channel, delivery }: AdmittedDelivery): WrittenRow<'digests'> => ({
  digest,
  channel: channel.key,
  receivedAt: delivery.receivedAt,
  hasEvents: delivery.content !== null || delivery.isConcern,
});

/**
 * Returns the row of a subject. Omits the number of members of the burst, which is counted when the subject is read.
 */
const subjectRow = (subject: SubjectRow): WrittenRow<'subjects'> => ({
  channel: subject.channel,
  model: subject.model,
  subjectId: subject.subjectId,
  seq: subject.seq,
  eventTime: subject.eventTime,
  receivedAt: subject.receivedAt,
  burstTime: subject.burstTime,
  burstSeq: subject.burstSeq,
  earlierSeq: subject.earlierSeq,
  earlierTime: subject.earlierTime,
  hasEnded: subject.hasEnded,
});

/** Returns the row of a channel, and the rows of the hours in which its deliveries arrived. */
function channelRows(
  channel: LockedChannel,
  own: readonly AdmittedDelivery[],
  kept: readonly Kept[],
  facts: IngestFacts,
) {
  const arrival: ArrivalColumns = {
    lastEventAt: channel.lastEventAt,
    busySlots: channel.busySlots,
    silenceCheckAt: channel.silenceCheckAt,
    silentAt: channel.silentAt,
    refusedAt: channel.refusedAt,
    problemsCheckAt: channel.problemsCheckAt,
  };
  let { oldUrlEventAt } = channel;
  const busyHours = new Map<number, WrittenRow<'busy_hours'>>();
  for (const { receivedAt, isAtOldUrl } of own.map(({ delivery }) => delivery)) {
    const busyHour = countArrival(arrival, receivedAt);
    if (busyHour) busyHours.set(busyHour.hour, { channel: channel.key, hour: busyHour.hour, slots: busyHour.slots });
    if (isAtOldUrl) oldUrlEventAt = Math.max(oldUrlEventAt ?? 0, receivedAt);
  }
  const wanted = kept.filter(({ subscriptions }) => subscriptions.length > 0);
  let { signedAt } = channel;
  for (const { delivery } of wanted) signedAt = signedAfter({ ...channel, signedAt }, delivery.receivedAt);
  const isDue = wanted.length > 0;
  const use = useOf(channel, own, facts);
  const row = {
    key: channel.key,
    newestSeq: Math.max(channel.newestSeq, ...kept.map(({ seq }) => seq)),
    newestNumber: Math.max(channel.newestNumber, ...kept.map(({ number }) => number)),
    waitingBytes: use.waitingBytes,
    storedBytes: use.storedBytes,
    digests: use.digests,
    oldUrlEventAt,
    dueAt: isDue ? Math.min(channel.dueAt ?? facts.now, facts.now) : channel.dueAt,
    lastEventAt: arrival.lastEventAt,
    busySlots: arrival.busySlots,
    silenceCheckAt: arrival.silenceCheckAt,
    silentAt: arrival.silentAt,
    // If this arrival changes the time when a signature problem ends, set 0 so that the next pass checks the channel.
    problemsCheckAt: signedAt === channel.signedAt ? arrival.problemsCheckAt : 0,
    signedAt,
  };
  return { row, busyHours: [...busyHours.values()] };
}

/**
 * Returns the changes that store the admitted deliveries of a group.
 *
 * @param reduced - keys of the channels whose counters must be written because older deliveries were removed
 */
export function ingestChanges(
  facts: IngestFacts,
  admitted: readonly AdmittedDelivery[],
  reduced: ReadonlySet<number>,
  options: StoreOptions,
): Change[] {
  const kept = keptOf(admitted, facts);
  const states = addStates(kept, facts);
  const own = byChannel(admitted);
  const keptByChannel = Map.groupBy(kept, ({ channel }) => channel.key);
  const changed = [...facts.channels.values()].filter(({ key }) => own.has(key) || reduced.has(key));
  const ofChannels = changed.map((channel) =>
    channelRows(channel, own.get(channel.key) ?? [], keptByChannel.get(channel.key) ?? [], facts),
  );
  return [
    ...deliveryChanges(kept.map((each) => storedDelivery(each, states.earlier.get(each.seq) ?? NO_STATES, options))),
    // Expire remembered states that were replaced, so that retention deletes them if they are no longer needed.
    updateRows(
      'deliveries',
      ['seq', 'isRemembered'],
      states.replaced.map((seq) => ({ seq, isRemembered: true, expiresAt: 0 })),
    ),
    insertRows('digests', admitted.map(digestRow), ['digest', 'channel']),
    insertRows(
      'busy_hours',
      ofChannels.flatMap(({ busyHours }) => busyHours),
      ['channel', 'hour'],
    ),
    insertRows('subjects', states.subjects.map(subjectRow), ['subjectId', 'model', 'channel']),
    updateRows(
      'channels',
      ['key'],
      ofChannels.map(({ row }) => row),
    ),
  ];
}
