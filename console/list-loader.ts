/** Loads the event list. The first page is loaded at each poll, and pages of older events are loaded on request. */

import {
  DEFAULT_LISTED_EVENTS,
  MAX_LISTED_EVENTS,
  type EventConditions,
  type EventListResponse,
} from '../wire/console-api.ts';
import { openPage, withFirstPage, withOlderPage, type EventList } from './event-list.ts';
import type { LinkAccess } from './opened-delivery.ts';
import { RequestFailed, type RelayClient } from './relay-client.ts';

/** The empty list, for a Zap that the relay no longer knows. */
const NO_EVENTS: EventListResponse = { events: [], next: null, newest: 0, searched_from: null };

export interface ListState {
  /** The events that meet the filters; null until the first page is loaded. */
  readonly list: EventList | null;
  /** The older events that are being loaded: one page or all; null if no older events are being loaded. */
  readonly loading: 'page' | 'all' | null;
}

/** The state of a list before its first request. */
export const NOT_LOADED: ListState = { list: null, loading: null };

export interface ListLoaderOptions {
  readonly client: RelayClient;
  readonly access: LinkAccess;
  /** Returns the conditions for the filters, which can depend on the current time. */
  readonly conditions: () => EventConditions;
  /** True if at least one filter is set. */
  readonly isFiltered: boolean;
  /**
   * Runs a step. If the step fails, shows an error unless the signal is aborted.
   *
   * @returns milliseconds to wait after a failure; null after a success
   */
  readonly attempt: (step: () => Promise<void>, signal: AbortSignal) => Promise<number | null>;
  /** Called after each change until the loader is ended. */
  readonly onChange: (state: ListState) => void;
}

/** Loads the events that meet the filters. When the filters change, a new loader replaces this loader. */
export class ListLoader {
  readonly #options: ListLoaderOptions;
  /** Aborts all requests of the list. */
  readonly #ending = new AbortController();
  readonly #signal = this.#ending.signal;
  #state = NOT_LOADED;
  /** True if the user has stopped the search for older events. */
  #isStopped = false;
  #loading: Promise<void> = Promise.resolve();

  constructor(options: ListLoaderOptions) {
    this.#options = options;
  }

  /** Ends the loader. Responses that arrive later have no effect. */
  end(): void {
    this.#ending.abort();
  }

  /** Requests the first page. @returns milliseconds to wait after a failure; null after a success */
  refresh(): Promise<number | null> {
    return this.#attempt(async () => {
      const known = this.#state.list?.events ?? [];
      const first = await openPage(await this.#newestEvents(known), known, this.#options.access);
      this.#change((list) => withFirstPage(list, first));
      // The relay searches a limited number of events for each request, so the search continues until the first page of
      // the list is full.
      if (this.#state.loading === null && !this.#isStopped && this.#isShort(DEFAULT_LISTED_EVENTS)) {
        void this.loadOlder('page');
      }
    });
  }

  /**
   * Loads a page of older events, or all older events, with the newest first. Loading a page can require several
   * requests. Stops early if {@link stopLoading} is called or the loader is ended. Repeats a failed request only if
   * `what` is `all`.
   */
  loadOlder(what: 'page' | 'all'): Promise<void> {
    this.#isStopped = false;
    const isLoading = this.#state.loading !== null;
    this.#set({ loading: what });
    if (!isLoading) this.#loading = this.#loadPages();
    return this.#loading;
  }

  /** Stops loading older events after the current request. */
  stopLoading(): void {
    if (this.#state.loading !== null) this.#isStopped = true;
  }

  async #loadPages(): Promise<void> {
    const enough = (this.#state.list?.events.length ?? 0) + DEFAULT_LISTED_EVENTS;
    let isDone = false;
    while (!isDone) {
      const next = this.#state.list?.next ?? null;
      if (next === null) break;
      const pause = await this.#attempt(() => this.#loadPage(next));
      const isEnough = this.#state.loading !== 'all' && (pause !== null || !this.#isShort(enough));
      isDone = isEnough || this.#isStopped || this.#signal.aborted;
      if (!isDone && pause !== null) await new Promise((resolve) => setTimeout(resolve, pause));
    }
    this.#set({ loading: null });
  }

  /** Loads the page of older events that starts at the end of the list. */
  async #loadPage(next: number): Promise<void> {
    const { client, access, conditions } = this.#options;
    const limit = this.#state.loading === 'all' ? MAX_LISTED_EVENTS : DEFAULT_LISTED_EVENTS;
    const events = await client.events({ ...conditions(), before: next, limit }, this.#signal);
    const older = await openPage(events, [], access);
    this.#change((list) => (list?.next === next ? withOlderPage(list, older) : list));
  }

  /** Requests the first page. If possible, omits the contents of events that the list already contains. */
  async #newestEvents(known: EventList['events']): Promise<EventListResponse> {
    const { client } = this.#options;
    const conditions = this.#options.conditions();
    try {
      const [newest] = known;
      if (!newest) return await client.events(conditions, this.#signal);
      const numbers = new Set(known.map(({ number }) => number));
      const page = await client.events({ ...conditions, known_up_to: newest.number }, this.#signal);
      const isKnown = page.events.every(({ number }) => number > newest.number || numbers.has(number));
      return isKnown ? page : await client.events(conditions, this.#signal);
    } catch (error) {
      // The list is empty if the relay no longer knows the Zap in the conditions, because the Zap was turned off long
      // ago.
      if (error instanceof RequestFailed && error.reason === 'missing') return NO_EVENTS;
      throw error;
    }
  }

  /**
   * Returns true if the search is unfinished and has found fewer events than wanted. The filters can exclude all events
   * that the relay searches for one request.
   */
  #isShort(wanted: number): boolean {
    const { list } = this.#state;
    const next = list?.next ?? null;
    return next !== null && (list?.events.length ?? 0) < (this.#options.isFiltered ? wanted : 1);
  }

  #attempt = (step: () => Promise<void>): Promise<number | null> => this.#options.attempt(step, this.#signal);

  #change(change: (list: EventList | null) => EventList | null): void {
    this.#set({ list: change(this.#state.list) });
  }

  #set(changes: Partial<ListState>): void {
    this.#state = { ...this.#state, ...changes };
    if (!this.#signal.aborted) this.#options.onChange(this.#state);
  }
}
