/** The part of the page's state that is kept in its URL: the view, the opened event and the filters. */

import { OUTCOMES, type EventConditions, type Outcome } from '../wire/console-api.ts';
import { TRIGGERS } from './event-words.ts';
import { DAY_MS, HOUR_MS, startOfDay } from './times.ts';

/** Named periods in the filter. */
export const PERIODS = {
  'last-hour': 'Last hour',
  today: 'Today',
  yesterday: 'Yesterday',
  'last-7-days': 'Last 7 days',
  dates: 'Between two dates',
} as const;
type Period = keyof typeof PERIODS;

/** Filter of the event list. Null accepts any value. */
export interface Filters {
  readonly outcome: Outcome | null;
  /** Label of a trigger. */
  readonly trigger: string | null;
  /** Id of a subscription. */
  readonly zap: string | null;
  /** A period, or the start of an hour in milliseconds since 1970. */
  readonly when: Period | number | null;
  /** First and last day of the period `dates` in the viewer's time zone, such as `2026-06-10`. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface PageState {
  readonly view: 'events' | 'zaps';
  /** Number of the opened event; null for the list. */
  readonly event: number | null;
  readonly filters: Filters;
}

export const NO_FILTERS: Filters = { outcome: null, trigger: null, zap: null, when: null, from: null, to: null };

/** Returns the state of the page that lists the events that meet filters. */
export const eventsWith = (filters: Partial<Filters>): PageState => ({
  view: 'events',
  event: null,
  filters: { ...NO_FILTERS, ...filters },
});

/** Returns true if the filters exclude any event. */
export const isFiltered = (filters: Filters): boolean => Object.values(filters).some((value) => value !== null);

/** Returns the period with a key, and null for any other text. */
export const periodIn = (key: string | null): Period | null =>
  key !== null && Object.hasOwn(PERIODS, key) ? (key as Period) : null;

/** Matches a number that JavaScript represents exactly. */
const NUMBER = /^\d{1,15}$/;
/** Matches the id of a subscription. The relay rejects any other text. */
const SUBSCRIPTION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

/** Reads the state from the query of a URL. Ignores values that do not exist. */
export function pageStateOf(query: string): PageState {
  const parameters = new URLSearchParams(query);
  const get = (name: string, pattern = /./) => pattern.exec(parameters.get(name) ?? '')?.input ?? null;
  const number = (name: string) => (get(name, NUMBER) === null ? null : Number(get(name)));
  const date = (name: string) => (Number.isNaN(Date.parse(get(name) ?? '')) ? null : get(name, DATE));
  return {
    view: get('view') === 'zaps' ? 'zaps' : 'events',
    event: number('event'),
    filters: {
      outcome: OUTCOMES.find((outcome) => outcome === get('outcome')) ?? null,
      trigger: get('trigger'),
      zap: get('zap', SUBSCRIPTION_ID),
      when: periodIn(get('when')) ?? number('when'),
      from: date('from'),
      to: date('to'),
    },
  };
}

/** Returns the query of the URL for a state. It is empty or starts with a question mark. */
export function queryOf({ view, event, filters }: PageState): string {
  const values = { view: view === 'zaps' ? view : null, event, ...filters };
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== null) parameters.set(name, String(value));
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

/** Returns the first moment of a date in the browser's time zone, or of the day after it. */
function midnightOf(date: string, days: 0 | 1): number {
  const midnight = new Date(`${date}T00:00`);
  return midnight.setDate(midnight.getDate() + days);
}

/** Returns the times between which the events of a period arrived. */
function periodTimes({ when, from, to }: Filters, now: number): Pick<EventConditions, 'from' | 'to'> {
  if (when === null) return {};
  if (typeof when === 'number') return { from: when, to: when + HOUR_MS };
  const today = startOfDay(now);
  return {
    'last-hour': { from: now - HOUR_MS },
    today: { from: today },
    yesterday: { from: startOfDay(today - DAY_MS / 2), to: today },
    'last-7-days': { from: startOfDay(today - 6.5 * DAY_MS) },
    dates: { ...(from && { from: midnightOf(from, 0) }), ...(to && { to: midnightOf(to, 1) }) },
  }[when];
}

/** Returns the conditions of the relay's API for the filters. */
export function conditionsOf(filters: Filters, now: number, triggers = TRIGGERS): EventConditions {
  const { outcome, trigger, zap } = filters;
  const actions = triggers.find(({ label }) => label === trigger)?.actions;
  return {
    ...(outcome !== null && { outcome }),
    ...(zap !== null && { zap }),
    ...(actions && { action: actions }),
    ...periodTimes(filters, now),
  };
}
