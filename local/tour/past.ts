/**
 * The events of the past two days. They arrive at relays whose clocks are set back, so that the console shows a history.
 */

import type { Account } from '../api/account.ts';
import type { StartRelay } from '../local-relay.ts';
import { until } from '../../relay/harness/until.ts';
import { sendEvent, turnOnAll, type SetUp } from '../relayed-zaps.ts';
import { addInvoice, addLesson, happen, paidAt, type BranchEvent } from './branch-events.ts';

/** Events that arrive at the same time. */
interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly events: readonly BranchEvent[];
  /** True if Zaps reject the deliveries of the events, or of the retry that is due if there are no events. */
  readonly isRefused: boolean;
}

/** The trigger of the Zap that fails. */
export const FAILING_TRIGGER = 'invoice_paid';
/** Time limit for deliveries, in milliseconds. */
const ARRIVAL_MS = 15_000;

/** Minimum age of the newest event, in milliseconds. */
const MIN_AGE_MS = 300_000;
/** Times at which the relay retries a rejected delivery, in milliseconds after its arrival. */
const RETRIES_MS = [12_000, 80_000];
const TOPICS = ['Long division', 'Sight-reading', 'Circular motion', 'The passé composé', 'Area and perimeter'];

/** Returns the moments of a day, and adds its lessons and invoices. @param daysAgo - 0 for today */
function momentsOf(account: Account, now: number, daysAgo: number): Moment[] {
  const today = new Date(now);
  const at = (hour: number, minute: number): number =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - daysAgo, hour, minute).getTime();
  const moment = (time: number, ...events: BranchEvent[]): Moment => ({ at: time, events, isRefused: false });
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
    { ...moment(afternoon, paid(third, afternoon)), isRefused },
    // The Zap rejects the event on the first attempt and on both retries, so the relay gives up.
    ...(isRefused ? RETRIES_MS.map((delay) => ({ at: afternoon + delay, events: [], isRefused })) : []),
    moment(at(17, 33), ...completed.slice(0, 3)),
    moment(at(19, 28), ...completed.slice(3)),
  ];
}

/** Returns the moments in order. The event about the last invoice paid yesterday does not reach its Zap. */
export const momentsOfPast = (account: Account, now: number): readonly Moment[] =>
  [2, 1, 0].flatMap((daysAgo) => momentsOf(account, now, daysAgo)).filter(({ at }) => at < now - MIN_AGE_MS);

/**
 * Sends the events of the past, and waits for their deliveries.
 * @returns the number of events
 * @throws {Error} if the relay does not accept or deliver them
 */
export async function sendPast(setUp: SetUp, startRelay: StartRelay): Promise<number> {
  const { runs, zapsOn, tutorCruncher } = setUp;
  const moments = momentsOfPast(tutorCruncher.account, Date.now());
  let due = runs.arrived;
  for (const { at, events, isRefused } of moments) {
    runs.statusOfPast = isRefused ? 400 : 200;
    const running = await startRelay(Date.now() - at);
    try {
      await turnOnAll(setUp, 'lesson_completed', FAILING_TRIGGER);
      for (const event of events) await sendEvent(setUp, happen(tutorCruncher.account, event, at).delivery);
      due += events.length === 0 ? 1 : events.filter(({ trigger }) => zapsOn.has(trigger)).length;
      await until(() => runs.arrived >= due, ARRIVAL_MS).catch(() => {
        throw new Error(`the relay did not deliver the events within ${ARRIVAL_MS / 1000} seconds.`);
      });
    } finally {
      await running.stop();
      runs.statusOfPast = null;
    }
  }
  return moments.flatMap(({ events }) => events).length;
}
