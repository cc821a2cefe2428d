/**
 * The events of the past two days, so that the console shows a branch that has used the relay for a while. For each
 * moment, the relay is started with its clock set back to that time.
 */

import type { Account } from '../api/account.ts';
import type { LocalRelay } from '../local-relay.ts';
import { sendEvent, turnOnAll, type SetUp } from '../relayed-zaps.ts';
import { addInvoice, addLesson, happen, paidAt, type BranchEvent } from './branch-events.ts';
import { FAILING_TRIGGER, type ZapResponses } from './zap-responses.ts';

/** Events that arrive at the same time. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly events: readonly BranchEvent[];
  /** Number of retries of previous events that are due. */
  readonly retries: number;
}

/** Minimum age of the newest event, in milliseconds. */
const MIN_AGE_MS = 300_000;
/** Times at which the relay retries a rejected delivery, in milliseconds after its arrival. */
const RETRIES_MS = [12_000, 80_000];
/** The Zap rejects the event on the first attempt and on both retries, so the relay gives up. */
const REFUSALS = [400, 400, 400];
const TOPICS = ['Long division', 'Sight-reading', 'Circular motion', 'The passé composé', 'Area and perimeter'];

/** Returns the moments of a day, and adds its lessons and invoices. @param daysAgo - 0 for today */
function momentsOf(account: Account, now: number, daysAgo: number): Moment[] {
  const today = new Date(now);
  const at = (hour: number, minute: number): number =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - daysAgo, hour, minute).getTime();
  const moment = (time: number, ...events: BranchEvent[]): Moment => ({ at: time, events, retries: 0 });
  const lessons = TOPICS.map((topic, job) => addLesson(account, job, topic, at(15, 0)));
  const [first = 0, second = 0, third = 0] = [0, 3, 4].map((client) => addInvoice(account, client));
  const paid = (id: number, time: number): BranchEvent => ({ trigger: FAILING_TRIGGER, id, changes: paidAt(time) });
  const isRefused = daysAgo === 1;
  const afternoon = at(14, 16);
  const completed = lessons.map((id) => ({ trigger: 'lesson_completed', id, changes: { status: 'complete' } }));
  return [
    moment(at(9, 12), ...lessons.map((id) => ({ trigger: 'lesson_created', id }))),
    moment(at(10, 4), ...[first, second, third].map((id) => ({ trigger: 'invoice_raised', id }))),
    moment(at(11, 38), paid(first, at(11, 38)), paid(second, at(11, 38))),
    moment(afternoon, { ...paid(third, afternoon), ...(isRefused && { statuses: REFUSALS }) }),
    ...(isRefused ? RETRIES_MS.map((delay) => ({ at: afternoon + delay, events: [], retries: 1 })) : []),
    moment(at(17, 33), ...completed.slice(0, 3)),
    moment(at(19, 28), ...completed.slice(3)),
  ];
}

/**
 * Returns the moments in order. The event about the last invoice paid yesterday does not reach its Zap.
 *
 * @param now - milliseconds since 1970
 */
export const momentsOfPast = (account: Account, now: number): readonly Moment[] =>
  [2, 1, 0].flatMap((daysAgo) => momentsOf(account, now, daysAgo)).filter(({ at }) => at < now - MIN_AGE_MS);

/**
 * Sends the events of the past.
 *
 * @returns the number of events
 * @throws {Error} if the relay does not accept or deliver them
 */
export async function playPast(
  setUp: SetUp,
  account: Account,
  relay: LocalRelay,
  responses: ZapResponses,
  stop: AbortSignal,
): Promise<number> {
  const moments = momentsOfPast(account, Date.now());
  for (const { at, events, retries } of moments) {
    stop.throwIfAborted();
    const running = await relay.startSetBack(Date.now() - at);
    try {
      await turnOnAll(setUp, 'lesson_completed', FAILING_TRIGGER);
      for (const event of events) {
        responses.plan(event.statuses ?? []);
        const { status } = await sendEvent(setUp, happen(account, event, at).delivery);
        if (!status.startsWith('202')) throw new Error(`the relay responded with ${status}.`);
      }
      await responses.arrived(retries + events.filter(({ trigger }) => setUp.zapsOn.has(trigger)).length);
    } finally {
      await running.stop();
    }
  }
  return moments.reduce((sum, { events }) => sum + events.length, 0);
}
