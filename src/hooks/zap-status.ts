import type { ActionFilter } from '../../wire/action-filter.ts';
import { isJsonObject } from '../../wire/json.ts';

const UNITS: readonly (readonly [name: string, milliseconds: number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** Describes a duration in milliseconds as a number of its largest unit, such as "3 minutes". */
export function describeDuration(duration: number): string {
  for (const [name, milliseconds] of UNITS) {
    const count = Math.floor(duration / milliseconds);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return 'less than a minute';
}

/** The parts of a subscription's state that concern the owner of its Zap. Times are milliseconds since 1970. */
interface ZapState {
  /** Time of the first failed attempt since the last success; Infinity if there is none. */
  readonly failingSince: number;
  readonly lastFailure: string;
  readonly isPaused: boolean;
  readonly waiting: number;
  readonly givenUp: number;
}

const countOf = (value: unknown): number => (typeof value === 'number' && value > 0 ? Math.floor(value) : 0);

const sortedText = (list: readonly unknown[]): string => [...new Set(list)].sort().join('\n');

const isSameList = (value: unknown, actions: readonly string[]): boolean =>
  Array.isArray(value) && sortedText(value) === sortedText(actions);

function statesOf(subscriptions: unknown, filter: ActionFilter): ZapState[] {
  const values: unknown[] = Array.isArray(subscriptions) ? subscriptions : [];
  return values
    .filter(isJsonObject)
    .filter(({ actions, all_except }) =>
      'actions' in filter ? isSameList(actions, filter.actions) : isSameList(all_except, filter.all_except),
    )
    .map((value) => ({
      failingSince: typeof value.failing_since === 'string' ? Date.parse(value.failing_since) : Infinity,
      lastFailure: typeof value.last_failure === 'string' ? value.last_failure : '',
      isPaused: typeof value.paused_since === 'string',
      waiting: countOf(value.pending),
      givenUp: countOf(value.dead_letters),
    }));
}

/** Describes the reason for a failed attempt. The relay's own text is not shown. */
export function describeFailure(reason: string): string {
  const [, status] = /^HTTP (\d{3})$/.exec(reason) ?? [];
  if (status !== undefined) return `Zapier responded with ${status}`;
  return /TIME(?:D_?)?OUT/.test(reason) ? 'Zapier did not respond in time' : 'Zapier could not be reached';
}

const countText = (count: number, [one, several]: readonly [one: string, several: string]): string[] =>
  count === 0 ? [] : [count === 1 ? `1 event ${one}` : `${count} events ${several}`];

/** Describes the Zaps of a trigger that are on, as one text, and the events that did not reach `gone` Zaps, which are off. */
export function describeZaps(subscriptions: unknown, filter: ActionFilter, now: number, gone?: unknown): string {
  const zaps = statesOf(subscriptions, filter);
  const sum = (of: (zap: ZapState) => number, states = zaps): number =>
    states.reduce((total, zap) => total + of(zap), 0);
  const failingSince = Math.min(...zaps.map((zap) => zap.failingSince));
  const failing = zaps.find((zap) => zap.failingSince === failingSince && failingSince !== Infinity);
  const problems = [
    ...(zaps.some(({ isPaused }) => isPaused) ? ['paused by the person who operates the relay'] : []),
    ...(failing
      ? [`failing for ${describeDuration(now - failingSince)} (${describeFailure(failing.lastFailure)})`]
      : []),
    ...countText(
      sum(({ waiting }) => waiting),
      ['is waiting', 'are waiting'],
    ),
    ...countText(
      sum(({ givenUp }) => givenUp),
      ['was given up', 'were given up'],
    ),
  ];
  const [isOne, which] = [zaps.length === 1, `${zaps.length === 1 ? 'Zap' : `${zaps.length} Zaps`} with this trigger`];
  const current =
    zaps.length === 0
      ? 'No Zap with this trigger is on.'
      : problems.length > 0
        ? `${which}: ${problems.join(', ')}.`
        : `${isOne ? `The ${which} is` : `${which} are`} on and ${isOne ? 'has' : 'have'} received all events.`;
  const lost = countText(
    sum(({ givenUp }) => givenUp, statesOf(gone, filter)),
    ['has not reached it: send it', 'have not reached it: send them'],
  );
  return [current, ...lost.map((text) => `A Zap with this trigger is off, and ${text} again in the console.`)].join(
    ' ',
  );
}
