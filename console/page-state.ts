/** The part of the page's state that is in its URL: the view, the opened event and the filters. */

import { OUTCOMES } from '../wire/console-api.ts';
import { NO_FILTERS, type Filters } from './filters.ts';
import { periodIn } from './period.ts';

export interface PageState {
  readonly view: 'events' | 'zaps';
  /** Number of the opened event; null for the list. */
  readonly event: number | null;
  readonly filters: Filters;
}

/** Returns the state in which the page lists the events that meet the given filters. */
export const eventsWith = (filters: Partial<Filters>): PageState => ({
  view: 'events',
  event: null,
  filters: { ...NO_FILTERS, ...filters },
});

/** Matches a whole number that JavaScript represents exactly. */
const NUMBER = /^\d{1,15}$/;
/** Matches the id of a subscription. The relay rejects any other text. */
const SUBSCRIPTION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

/** Reads the state from the query of a URL. Ignores invalid values. */
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

/** Returns the query of the URL for a state. The query is empty or starts with a question mark. */
export function queryOf({ view, event, filters }: PageState): string {
  const values = { view: view === 'zaps' ? view : null, event, ...filters };
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== null) parameters.set(name, String(value));
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}
