/** The history of the branch in a snapshot. After this history, the store contains every kind of row. */

import { DAY, HOUR } from '../relay/harness/durations.ts';
import { CHANNEL, ORIGIN, OTHER_CHANNEL, SEAL_KEY } from '../relay/harness/sample-delivery.ts';
import { deriveChannel } from '../wire/capability.ts';
import { envelopeText } from '../wire/sealing/envelope-text.ts';
import { deliveryOf, triggerOf } from '../local/hook-calls.ts';
import { BranchStore, PROCESS, TARGETS, ZAPS } from './branch-store.ts';
import { SNAPSHOT_AT } from './constants.ts';
import type { SentEnvelope, WaitingForZap } from './snapshot.ts';

const MINUTE = 60_000;
/** A third channel, whose deletion a relay has not finished. */
const DELETED_CHANNEL = deriveChannel('a-token-of-a-deleted-channel');

/** A body that is nested too deeply for a relay to read. */
const UNREAD = `{"events": [], "deep": ${'['.repeat(100)}${' '.repeat(5000)}${']'.repeat(100)}}`;

const REFUSAL = { state: 'waiting', failure: 'HTTP 400' } as const;
const OUTAGE = { state: 'waiting', failure: 'HTTP 503' } as const;
/** A webhook that TutorCruncher sends twice, more than 72 hours apart. */
const REPEATED = deliveryOf(triggerOf('report_created').sampleEvent);

/**
 * The first weeks: the channels register, one channel receives webhooks at regular hours, and Zaps receive their
 * events.
 */
async function firstWeeks(branch: BranchStore): Promise<void> {
  const { store } = branch;
  branch.before(30 * DAY);
  await store.rememberOrigin(ORIGIN);
  const registration = { sealKey: SEAL_KEY, maxChannels: 9, idleMs: 90 * DAY };
  for (const channel of [CHANNEL, OTHER_CHANNEL, DELETED_CHANNEL]) {
    await store.registerChannel(channel, { ...registration, withSecret: channel === CHANNEL }, branch.now);
  }
  for (let day = 28; day > 3; day--) {
    for (let hour = 0; hour < 6; hour++) {
      branch.before(day * DAY - hour * HOUR);
      await branch.receive(`{"events": [], "request_time": ${day * 24 + hour}}`, OTHER_CHANNEL);
    }
  }
  branch.before(9 * DAY);
  for (const name of Object.keys(ZAPS)) if (name !== 'late') await branch.turnOn(name);
  await branch.happen('client_updated', 501, { town: 'Bristol' });
  await branch.happen('lesson_completed', 601);
  await branch.happen('note_added', 701);
  await branch.receive(REPEATED);
  await branch.deliverAll('clients', 'lessons', 'notes', 'everything');
}

/**
 * Five days before the snapshot: refusals, a Zap that is off at Zapier, a deletion, a new webhook URL, and a pause that
 * ends.
 */
async function fiveDaysBefore(branch: BranchStore): Promise<void> {
  const { store } = branch;
  branch.before(5 * DAY);
  await branch.happen('job_created', 801);
  await branch.deliverAll('jobs', 'everything');
  await store.unsubscribe(CHANNEL, branch.zap('jobs').id, branch.now);
  await branch.happen('note_added', 702);
  await branch.attempt('notes', { state: 'waiting', failure: 'HTTP 410' });
  await store.unsubscribe(CHANNEL, branch.zap('notes').id, branch.now, true);
  const text = '{"detail": "The spreadsheet has no such row."}';
  await branch.attempt('everything', REFUSAL, { failures: 1, refusedTries: 1, lastFailure: 'HTTP 400' }, text);
  await branch.attempt('everything', { ...REFUSAL, state: 'dead' }, { refusedEvents: 1 }, text);
  await branch.happen('client_deleted', 502);
  await branch.attempt('everything', { state: 'dead', failure: 'skipped by the operator' });
  await store.pause({ channel: CHANNEL, id: branch.zap('lessons').id }, branch.now);
  await store.resume({ channel: CHANNEL, id: branch.zap('lessons').id }, branch.now + HOUR);
  await store.replaceUrl(CHANNEL, false, branch.now);
  await branch.tellOfProblems();
  await branch.attempt('problems');
  branch.before(2 * DAY - HOUR);
  while (await store.retain(branch.now));
}

/**
 * The last day and a half before the snapshot: an outage with dead letters, an event that is set aside, and a Zap that
 * is paused.
 */
async function lastDays(branch: BranchStore): Promise<void> {
  const { store } = branch;
  branch.before(30 * HOUR);
  await branch.happen('client_updated', 504);
  await branch.happen('client_deleted', 503);
  await branch.happen('invoice_paid', 901);
  await branch.deliverAll('invoices', 'everything');
  await store.pause({ channel: CHANNEL, id: branch.zap('invoices').id }, branch.now);
  branch.before(5 * HOUR);
  const failing = { failures: 20, failingSince: SNAPSHOT_AT - 29 * HOUR, lastFailure: 'HTTP 503' };
  const [first] = await branch.attempt('clients', { ...OUTAGE, state: 'dead' }, failing);
  const outage = { ...failing, outageFrom: first?.seq ?? 0, suspectSince: SNAPSHOT_AT - 3 * HOUR };
  branch.before(3 * HOUR);
  await branch.happen('client_updated', 505);
  await branch.attempt('clients', { ...OUTAGE, state: 'set_aside' }, outage);
  await branch.happen('client_updated', 501, { town: 'Bath' });
  branch.now += 1_000;
  await branch.happen('client_updated', 501, { town: 'Bath', mobile: '07700 900418' });
  const waits = { nextAttemptAt: SNAPSHOT_AT - MINUTE, nextRedriveAt: SNAPSHOT_AT - MINUTE, redriveFailures: 2 };
  await branch.attempt('clients', OUTAGE, { ...outage, ...waits, failures: 21 }, 'Busy.', 'first');
  await branch.deliverAll('everything');
  await branch.happen('invoice_paid', 902);
  await store.saveRefusal(CHANNEL, 'rate_limited', branch.now);
  branch.before(40 * MINUTE);
  await branch.tellOfProblems();
  await branch.attempt('problems', {}, {}, '', 'first');
  await store.retryNow(CHANNEL, branch.zap('clients').id, branch.now);
  await branch.attempt('clients', { ...OUTAGE, state: 'dead' }, { ...outage, ...waits, refusedTries: 1 }, '', 'first');
  await branch.reportSignature();
}

/** The last half hour before the snapshot: events of all kinds wait, and some events are sent again. */
async function lastHalfHour(branch: BranchStore): Promise<void> {
  const { store } = branch;
  branch.before(20 * MINUTE);
  // Delete the rows that would expire within two hours after the snapshot, because tests open the store at a time
  // within these hours.
  while (await store.retain(SNAPSHOT_AT + 2 * HOUR));
  await branch.deliverAll('everything');
  await branch.happen('lesson_completed', 601, { topic: 'Quadratic equations, part 2' });
  await branch.happen('lesson_completed', 602, { extra_attrs: [{ machine_name: 'notes', value: 'x'.repeat(20_000) }] });
  const both = [branch.event('lesson_completed', 603), branch.event('lesson_completed', 604)];
  await branch.receive(deliveryOf(...both));
  await branch.receive(deliveryOf(branch.event('lesson_completed', 605, { model: 'SomethingNew' })));
  await branch.receive(REPEATED);
  await branch.receive(UNREAD);
  const latest = await store.latest(CHANNEL, 'EDITED_A_CLIENT', 9);
  const { id } = branch.zap('everything');
  await store.redriveFrom(CHANNEL, id, 0);
  const delivered = latest.map(({ seq }) => ({ subscriptionId: id, seq })).slice(0, 1);
  await store.sendAgain(CHANNEL, delivered, 100, branch.now);
  const again = (await store.redriven(branch.zap('everything').key, 9)).find(({ isSentAgain }) => isSentAgain);
  if (again) await branch.attempt('everything', OUTAGE, { refusedEvents: 1 }, '', again);
  await branch.turnOn('late');
  await branch.link();
  branch.before(2 * MINUTE);
  while ((await store.checkSilences(branch.now)) > 0);
}

/**
 * Leaves the store in the state of a relay that was killed: with a claim, and with a channel whose deletion is not
 * finished.
 */
async function lastMinute(branch: BranchStore): Promise<void> {
  const { store, database } = branch;
  branch.before(MINUTE);
  await branch.turnOn('lessons', DELETED_CHANNEL);
  await branch.happenIn(DELETED_CHANNEL);
  database.exec(`UPDATE channels SET channel = channel || ':' || key, deleted_at = ${branch.now}, due_at = NULL
    WHERE channel = '${DELETED_CHANNEL}'`);
  await store.heartbeat(PROCESS, null);
  await store.claim(PROCESS, 9);
}

/**
 * Returns an envelope of each delivery for the first Zap that wants the delivery, and an envelope of a delivery that is
 * sent again.
 */
async function envelopesIn({ store, database }: BranchStore): Promise<SentEnvelope[]> {
  const sends = database
    .prepare<[string], { seq: number; channel: number; target: string; again: number }>(
      `SELECT w.seq, d.channel, s.target_url AS target, w.is_sent_again AS again
       FROM sends w JOIN deliveries d ON d.seq = w.seq JOIN subscriptions s ON s.key = w.subscription
         JOIN channels c ON c.key = d.channel
       WHERE c.channel = ? AND s.ended_at IS NULL ORDER BY w.seq, s.key`,
    )
    .all(CHANNEL);
  const chosen = sends.filter(({ seq, again }, index) => again === 1 || sends[index - 1]?.seq !== seq);
  const envelopes: SentEnvelope[] = [];
  for (const { seq, channel, target, again } of chosen) {
    const [delivery] = await store.deliveries(channel, [seq]);
    if (!delivery) throw new Error('A delivery with a send cannot be read.');
    const text = envelopeText({ ...delivery, isSentAgain: again === 1 });
    envelopes.push({ trigger: ZAPS[target.slice(TARGETS.length, -1)] ?? '', text });
  }
  return envelopes;
}

/**
 * Returns the ids of the deliveries that wait for each Zap that is not paused. `inOrder`: pending deliveries. `others`:
 * deliveries that are attempted out of order.
 */
function waitingIn({ database }: BranchStore): WaitingForZap[] {
  const idsOf = (name: string, condition: string): string[] =>
    database
      .prepare<[string], string>(
        `SELECT d.id FROM sends w JOIN deliveries d ON d.seq = w.seq JOIN subscriptions s ON s.key = w.subscription
           JOIN channels c ON c.key = s.channel
         WHERE s.target_url = ? AND ${condition} AND s.paused_at IS NULL AND c.deleted_at IS NULL ORDER BY w.seq`,
      )
      .pluck()
      .all(`${TARGETS}${name}/`);
  const names = Object.keys(ZAPS);
  return names.map((zap) => ({ zap, inOrder: idsOf(zap, 'w.state = 0'), others: idsOf(zap, 'w.state IN (-1, 1)') }));
}

/**
 * Creates a SQLite file with the store. Returns the envelopes of its deliveries, and the ids of the deliveries that
 * wait for each Zap.
 */
export async function createBranchStore(path: string) {
  const branch = new BranchStore(path);
  for (const fill of [firstWeeks, fiveDaysBefore, lastDays, lastHalfHour, lastMinute]) await fill(branch);
  branch.before(0);
  const [envelopes, waiting] = [await envelopesIn(branch), waitingIn(branch)];
  branch.database.exec('PRAGMA journal_mode = DELETE; VACUUM');
  await branch.store.close();
  return { envelopes, waiting };
}
