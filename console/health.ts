/** The state of a channel: one line of text that answers "Is all well?", and advice about each problem. */

import type { ConsoleZap, EndedZap, OverviewResponse } from '../wire/console-api.ts';
import { agoText, clockTime, counted, dueText, durationText, MINUTE_MS } from './times.ts';
import type { Filters } from './filters.ts';

/** A problem, with advice for the viewer. */
interface Problem {
  readonly id: string;
  readonly title: string;
  readonly advice: string;
  /** Filters that select the affected events; missing if the problem affects no events. */
  readonly events?: Partial<Filters>;
}

export interface Health {
  /** `new` means that no webhook has ever arrived. */
  readonly level: 'well' | 'trouble' | 'new';
  readonly headline: string;
  /** Short facts about the channel, such as "4 Zaps on". */
  readonly facts: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * The page states how long events have been waiting only if they have waited longer than this time, in milliseconds.
 */
const LONG_WAIT_MS = 2 * MINUTE_MS;

function silence(last: number, { silent_at, now }: OverviewResponse): Problem[] {
  if (silent_at === null) return [];
  return [
    {
      id: 'silence',
      title: `No webhook for ${durationText(now - last)}, which is longer than usual`,
      advice:
        'TutorCruncher may have switched the integration off. In TutorCruncher, open Settings > API and check that ' +
        'the integration is active and still contains the URL of this relay.',
    },
  ];
}

const PASTE_URL =
  'Your Zaps refuse such events. In TutorCruncher, open Settings > API, paste the webhook URL into the integration whose ' +
  'private key your connection in Zapier uses, and remove it from all others. Branch ID in an event ' +
  'shows the branch that the event comes from.';
const GOES_AWAY =
  'This message goes away half an hour after the next good event, or when you open a fresh link in the Zap editor.';

const FOREIGN_SIGNATURES: Readonly<Record<NonNullable<OverviewResponse['foreign_signature']>, Problem>> = {
  all: {
    id: 'signature',
    title: 'The newest webhooks were signed with another private key',
    advice: `${PASTE_URL} ${GOES_AWAY} If the URL is in the right place, only forged events have arrived.`,
  },
  some: {
    id: 'signature',
    title: 'Some webhooks were signed with another private key',
    advice:
      `Somebody is sending forged events to your webhook URL, or a second integration contains it. ${PASTE_URL} If no other ` +
      "integration contains it, ask the relay's operator for a new webhook URL. " +
      'This message goes away half an hour after the next good event.',
  },
};

/** Describes what will happen to the waiting events of a failing Zap. */
function waitingAdvice({ pending, gives_up_refused: givesUpRefused }: ConsoleZap): string {
  const them = pending === 1 ? 'it' : 'them';
  return givesUpRefused
    ? 'The relay tries an event that Zapier refuses three times, and then goes on with the next event. ' +
        `${counted(pending, 'event')} waiting. Open the first event to read Zapier's response, and correct the Zap. Then ` +
        'press Send again for events that the relay has stopped sending.'
    : `Nothing is lost: the relay keeps ${counted(pending, 'event')}, and delivers ${them} when Zapier accepts events ` +
        'again. If you turn the Zap off, they become Stopped.';
}

function problemsOfZap(zap: ConsoleZap, name: string, now: number): Problem[] {
  const problems: Problem[] = [];
  if (zap.paused_since !== null) {
    problems.push({
      id: `paused ${zap.id}`,
      title: `${name} has been paused for ${durationText(now - zap.paused_since)}`,
      advice: `The relay's operator has paused deliveries to it. ${counted(zap.pending, 'event')} waiting. Ask the operator to resume it.`,
      // The outcome filter accepts a single outcome, but the waiting events of a failing Zap have the outcome `waiting`
      // or `failed`. For a failing Zap, the link therefore does not filter by outcome.
      ...(zap.pending > 0 && { events: { zap: zap.id, outcome: zap.failing_since === null ? 'waiting' : null } }),
    });
  }
  if (zap.failing_since !== null) {
    const reason = zap.last_failure_text ?? 'Zapier does not accept its events';
    const next =
      zap.next_attempt_at === null
        ? ''
        : ` The next attempt is due ${dueText(zap.next_attempt_at, now)} (${clockTime(zap.next_attempt_at)}).`;
    problems.push({
      id: `failing ${zap.id}`,
      title: `${name} has been failing for ${durationText(now - zap.failing_since)}`,
      advice: `${reason}.${next} ${waitingAdvice(zap)}`,
      events: { zap: zap.id },
    });
  }
  if (zap.dead_letters > 0 && !zap.is_sending_again) {
    const [them, events] = zap.dead_letters === 1 ? ['it', 'event'] : ['them', 'events'];
    problems.push({
      id: `given up ${zap.id}`,
      title: `${counted(zap.dead_letters, 'event')} did not reach ${name}`,
      advice:
        `Zapier refused ${them}, or did not accept ${them} for a day, so the relay has stopped trying. Open the ${events} ` +
        `to see why, and press Send again.`,
      events: { zap: zap.id, outcome: 'given_up' },
    });
  }
  return problems;
}

/**
 * Returns the problems of a Zap that is off. A Zap that was turned off on purpose has a problem only if a different Zap
 * replaces the Zap.
 */
function problemsOfEnded(zap: EndedZap, name: string, now: number): Problem[] {
  const { id, dead_letters, ended_at, is_gone, has_successor } = zap;
  if (dead_letters === 0 || !(is_gone || has_successor)) return [];
  const cause = is_gone
    ? `Zapier said that the Zap is off (410), ${agoText(ended_at, now)}.`
    : `The Zap was turned off ${agoText(ended_at, now)}, while the events were waiting for it.`;
  const way = has_successor
    ? 'To send the events to the Zap that takes its place, show them and press Send all again.'
    : 'To send the events, turn on a Zap with the same trigger and choices, show the events, and press Send all again.';
  return [
    {
      id: `gone ${id}`,
      title: `${counted(dead_letters, 'event')} did not reach ${name}`,
      advice: `${cause} ${way} They are kept for 14 days.`,
      events: { zap: id, outcome: 'given_up' },
    },
  ];
}

const NO_ZAPS: Problem = {
  id: 'no zaps',
  title: 'No Zap is on',
  advice: 'Turn on a Zap with a TutorCruncher trigger in Zapier.',
};

/** Describes the waiting events, such as "12 events waiting for up to 4 minutes". */
function waitingText(zaps: readonly ConsoleZap[], now: number): string {
  const waiting = zaps.reduce((sum, { pending }) => sum + pending, 0);
  if (waiting === 0) return 'nothing waiting';
  const oldest = Math.min(...zaps.map(({ oldest_pending_at: time }) => time ?? now));
  const since = now - oldest > LONG_WAIT_MS ? ` for up to ${durationText(now - oldest)}` : '';
  return `${counted(waiting, 'event')} waiting${since}`;
}

/** Returns the facts, the problems and the status of a channel. @param names - names of the Zaps, keyed by Zap id */
export function healthOf(overview: OverviewResponse, names: ReadonlyMap<string, string>): Health {
  const { zaps, ended_zaps, now, last_webhook_at: last, foreign_signature: foreign } = overview;
  const on = zaps.length === 0 ? 'no Zap on' : `${counted(zaps.length, 'Zap')} on`;
  if (last === null) {
    return { level: 'new', headline: 'No webhook has arrived yet', facts: [on], problems: [] };
  }
  const problems = [
    ...(foreign === null ? [] : [FOREIGN_SIGNATURES[foreign]]),
    ...silence(last, overview),
    ...zaps.flatMap((zap) => problemsOfZap(zap, names.get(zap.id) ?? '', now)),
    ...ended_zaps.flatMap((zap) => problemsOfEnded(zap, names.get(zap.id) ?? '', now)),
    ...(zaps.length === 0 ? [NO_ZAPS] : []),
  ];
  const [first] = problems;
  return {
    level: first ? 'trouble' : 'well',
    headline: problems.length > 1 ? `${problems.length} things need attention` : (first?.title ?? 'All is well'),
    facts: [
      `last webhook from TutorCruncher ${agoText(last, now)}`,
      on,
      waitingText(zaps, now),
      // Zaps with the trigger "Delivery Problem" report problems to the office.
      ...(zaps.some(({ description }) => description?.trigger === 'Delivery Problem')
        ? []
        : ['no Zap with Delivery Problem']),
    ],
    problems,
  };
}
