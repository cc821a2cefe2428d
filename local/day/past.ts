/** The events of the fictional branch from two days ago until a few minutes ago. */

import { BANERJEE, clientFields, FERREIRA, LINDQVIST, OAKLEY, type Family } from './branch.ts';
import { clientEdited, invoiceEvents, lessonEvents, type DayEvent } from './branch-events.ts';

/** Events that arrive at the same time. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly events: readonly DayEvent[];
  /** Number of retries of previous events that are due. */
  readonly retries: number;
}

const MINUTE_MS = 60_000;
/** Minimum age of the newest event. */
const MIN_AGE_MS = 5 * MINUTE_MS;
/** Times at which the relay retries a rejected delivery, after its arrival. */
const RETRIES_MS = [12_000, 80_000];
/** The Zap rejects the event on the first attempt and on both retries, so the relay gives up. */
const REFUSALS = [400, 400, 400];

const LESSONS: readonly (readonly [family: Family, topic: string])[] = [
  [OAKLEY, 'Long division'],
  [FERREIRA, 'Persuasive writing'],
  [BANERJEE, 'Balancing equations'],
  [LINDQVIST, 'Linear equations'],
  [OAKLEY, 'Area and perimeter'],
  [FERREIRA, 'An Inspector Calls'],
  [BANERJEE, 'The periodic table'],
  [LINDQVIST, 'Probability'],
  [OAKLEY, 'Negative numbers'],
  [FERREIRA, 'Descriptive writing'],
  [BANERJEE, 'Rates of reaction'],
];

/** Returns the moments of a day. @param daysAgo - 0 for today */
function momentsOf(now: number, daysAgo: number): Moment[] {
  const today = new Date(now);
  const at = (hour: number, minute: number): number =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - daysAgo, hour, minute).getTime();
  const lessons = LESSONS.map(([family, topic], index) =>
    lessonEvents(family, 8100 + 20 * daysAgo + index, topic, at(15, 0)),
  );
  const invoices = [OAKLEY, BANERJEE, LINDQVIST].map((family, index) =>
    invoiceEvents(family, 209 - 3 * daysAgo + index, index + 2, index < 2 ? at(11, 38) : at(14, 16), at(10, 4)),
  );
  const raised = invoices.map((invoice) => invoice.raised);
  const paid = invoices.map((invoice) => invoice.paid);
  const completed = lessons.map((lesson) => lesson.completed);
  const moved = lessons[9]?.moved(at(16, 30) + 24 * 60 * MINUTE_MS);
  const refused = paid.slice(2).map((event) => (daysAgo === 1 ? { ...event, statuses: REFUSALS } : event));
  const edited = clientEdited(OAKLEY.id, 'Grace Oakley', clientFields(OAKLEY, { mobile: `07700 90020${daysAgo}` }));
  const moment = (hour: number, minute: number, events: readonly DayEvent[]): Moment => ({
    ...{ at: at(hour, minute), events, retries: 0 },
  });
  const refusal = moment(14, 16, refused);
  return [
    moment(9, 12, [...lessons.slice(0, 3).map((lesson) => lesson.created), edited]),
    moment(10, 4, raised),
    moment(11, 38, paid.slice(0, 2)),
    refusal,
    ...(daysAgo === 1 ? RETRIES_MS.map((delay) => ({ at: refusal.at + delay, events: [], retries: 1 })) : []),
    moment(16, 31, [...completed.slice(0, 2), ...(moved ? [moved] : [])]),
    moment(17, 33, completed.slice(2, 6)),
    moment(18, 36, completed.slice(6, 9)),
    moment(19, 28, [...completed.slice(10), ...lessons.slice(9, 10).map((lesson) => lesson.cancelled)]),
  ];
}

/**
 * Returns the moments in order. The event about the invoice paid yesterday afternoon does not reach its Zap.
 *
 * @param now - milliseconds since 1970
 */
export const pastAt = (now: number): readonly Moment[] =>
  [2, 1, 0].flatMap((daysAgo) => momentsOf(now, daysAgo)).filter(({ at }) => at < now - MIN_AGE_MS);
