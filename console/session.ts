/**
 * The data of the page: one link, the overview, the loaded events and the opened event. While the page is visible, it
 * requests the displayed data every five seconds.
 */

import {
  DEFAULT_LISTED_EVENTS,
  MAX_LISTED_EVENTS,
  type EventConditions,
  type ConsoleLinkResponse,
  type EventListResponse,
  type OverviewResponse,
  type SendAgainRequest,
  type SendAgainResponse,
} from '../wire/console-api.ts';
import { deriveLink, isLinkSecret, readLinkFragment } from '../wire/console-link.ts';
import { loadDetail, type Detail } from './detail.ts';
import { openPage, withFirstPage, withOlderPage, type EventList } from './event-list.ts';
import { unwrapLinkKeys, type LinkAccess } from './opened-delivery.ts';
import { conditionsOf, eventsWith, isFiltered, queryOf, type PageState } from './page-state.ts';
import { viewerLocale } from './times.ts';
import { relayClient, RequestFailed, type FailureReason, type RelayClient } from './relay-client.ts';

/** Interval between two requests for the same data. */
const POLL_MS = 5_000;
/** Pause after a response about too many requests that has no Retry-After header. */
const BUSY_MS = 30_000;
/** The list of the events of a Zap that the relay no longer knows. */
const NO_EVENTS: EventListResponse = { events: [], next: null, newest: 0, searched_from: null };

/**
 * Access to the channel: `opening` while the link is looked up, `open`, or the reason why there is no access.
 * `no-link`: the tab was not opened with a link.
 */
export type Access = 'opening' | 'open' | 'no-link' | 'expired' | 'refused';

/** The reason why the displayed data may be outdated. `defect`: an error in the page itself. */
export type Trouble = FailureReason | 'defect';

export interface SessionState {
  readonly access: Access;
  readonly link: ConsoleLinkResponse | null;
  readonly overview: OverviewResponse | null;
  /** The events that meet the filters; null until they are loaded. */
  readonly list: EventList | null;
  /** The older events that are being loaded; null if none are. */
  readonly loading: 'page' | 'all' | null;
  readonly detail: Detail | null;
  /** Null if the latest requests succeeded. */
  readonly trouble: Trouble | null;
}

export interface SessionOptions {
  /** Called after each change of the state. Must not throw. */
  readonly onChange: () => void;
  /** Returns true while the page is hidden. */
  readonly isHidden: () => boolean;
  /** Reports an error in the page itself. */
  readonly onDefect: (error: unknown) => void;
}

type OpenLink = Readonly<{ client: RelayClient; access: LinkAccess }>;

export class Session {
  state: SessionState = {
    access: 'opening',
    link: null,
    overview: null,
    list: null,
    loading: null,
    detail: null,
    trouble: null,
  };
  readonly #options: SessionOptions;
  #link: OpenLink | null = null;
  #page = eventsWith({});
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isPolling = false;
  /** True if the user has stopped the search for older events that match the current filters. */
  #isStopped = false;
  #loading: Promise<void> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Opens a link and begins to poll. @param fragment - null if the tab was opened without a link */
  async start(fragment: string | null): Promise<void> {
    const { secret, currency } = readLinkFragment(fragment ?? '');
    if (!isLinkSecret(secret)) {
      this.#set({ access: fragment === null ? 'no-link' : 'expired' });
      return;
    }
    const { accessToken, wrappingKey } = await deriveLink(secret);
    const pause = await this.#guarded(async () => {
      const client = relayClient(accessToken);
      const link = await client.link();
      this.#link = { client, access: { keys: unwrapLinkKeys(wrappingKey, link), locale: viewerLocale(currency) } };
      this.#set({ access: 'open', link, trouble: null });
    });
    if (pause === null) await this.poll();
    else if (this.state.access === 'opening') setTimeout(() => void this.start(fragment), pause);
  }

  /** Returns true if a delivery has a valid signature, and undefined unless the connector has checked it. */
  verdictOn(deliveryId: string): boolean | undefined {
    return this.state.link?.verdicts.find(({ delivery_id }) => delivery_id === deliveryId)?.is_valid;
  }

  /** Requests and shows another part of the channel. Does nothing if that part is already shown. */
  show(page: PageState): void {
    const last = this.#page;
    if (queryOf(page) === queryOf(last)) return;
    this.#page = page;
    if (!this.#isListed(last)) this.#isStopped = false;
    this.#set({
      ...(!this.#isListed(last) && { list: null, loading: null }),
      ...(page.event !== last.event && {
        detail: page.event === null ? null : { kind: 'loading', number: page.event },
      }),
    });
    void this.#refresh();
  }

  /** Requests all displayed data, and repeats this every five seconds. Does nothing while the page is hidden. */
  async poll(): Promise<void> {
    if (this.#isPolling || this.#options.isHidden() || this.state.access !== 'open') return;
    this.#isPolling = true;
    const pause = await this.#refresh();
    this.#isPolling = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.poll(), pause);
  }

  /**
   * Loads a page of older events, or all of them, newest first. A page may take several requests. Stops early if
   * {@link stopLoading} is called or other filters are shown. If all events are loaded, repeats a failed request.
   */
  loadOlder(what: 'page' | 'all'): Promise<void> {
    this.#isStopped = false;
    const isLoading = this.state.loading !== null;
    this.#set({ loading: what });
    if (!isLoading) this.#loading = this.#loadPages(this.#page);
    return this.#loading;
  }

  /** Ends the loading of older events, after the current request. */
  stopLoading(): void {
    if (this.state.loading !== null) this.#isStopped = true;
  }

  async #loadPages(page: PageState): Promise<void> {
    const enough = (this.state.list?.events.length ?? 0) + DEFAULT_LISTED_EVENTS;
    for (let isDone = false; !isDone && this.#isListed(page);) {
      const { list, loading } = this.state;
      const next = list?.next ?? null;
      const link = this.#link;
      if (next === null || !link) break;
      const limit = loading === 'all' ? MAX_LISTED_EVENTS : DEFAULT_LISTED_EVENTS;
      const pause = await this.#guarded(async () => {
        const events = await link.client.events({ ...this.#conditionsOf(page), before: next, limit });
        const older = await openPage(events, [], link.access);
        this.#setList(page, (list) => (list?.next === next ? withOlderPage(list, older) : list));
      });
      const isEnough = this.state.loading !== 'all' && (pause !== null || !this.#isShort(page, enough));
      isDone = isEnough || this.#isStopped || this.state.access !== 'open';
      if (!isDone && pause !== null) await new Promise((resolve) => setTimeout(resolve, pause));
    }
    if (this.#isListed(page)) this.#set({ loading: null });
  }

  /** Sends events again, or counts them. @throws {RequestFailed} */
  async sendAgain(request: SendAgainRequest): Promise<SendAgainResponse> {
    const response = await this.#open().client.sendAgain(request);
    if (!request.dry_run) void this.#refresh();
    return response;
  }

  /**
   * Makes the relay attempt the waiting events of a Zap, or of all Zaps, at once.
   *
   * @returns the number of Zaps whose events waited for a retry
   * @throws {RequestFailed}
   */
  async retry(zap: string | null): Promise<number> {
    const { zaps } = await this.#open().client.retry(zap === null ? {} : { zap });
    void this.#refresh();
    return zaps;
  }

  #open(): OpenLink {
    if (!this.#link) throw new RequestFailed('expired');
    return this.#link;
  }

  /** Requests all displayed data. @returns milliseconds until the next request */
  async #refresh(): Promise<number> {
    const link = this.#link;
    if (!link || this.state.access !== 'open') return POLL_MS;
    const pauses = await Promise.all([
      this.#guarded(async () => {
        this.#set({ overview: await link.client.overview() });
      }),
      this.#guarded(() => this.#loadList(link)),
      this.#guarded(() => this.#loadDetail(link)),
    ]);
    if (pauses.every((pause) => pause === null)) this.#set({ trouble: null });
    return Math.max(POLL_MS, ...pauses.map((pause) => pause ?? 0));
  }

  async #loadList({ client, access }: OpenLink): Promise<void> {
    const page = this.#page;
    if (page.view !== 'events' || page.event !== null) return;
    const known = this.state.list?.events ?? [];
    const events = await this.#newestEvents(client, this.#conditionsOf(page), known).catch((error: unknown) => {
      // The Zap in the conditions was turned off long ago, so the relay no longer knows it.
      if (error instanceof RequestFailed && error.reason === 'missing') return NO_EVENTS;
      throw error;
    });
    const first = await openPage(events, known, access);
    this.#setList(page, (list) => withFirstPage(list, first));
    // The relay searches a limited number of events for each request, so the search goes on until the first page is full.
    if (this.state.loading === null && !this.#isStopped && this.#isShort(page, DEFAULT_LISTED_EVENTS))
      void this.loadOlder('page');
  }

  /** Loads the first page of the list, if possible with only the contents of the events that are newer than the list. */
  async #newestEvents(
    client: RelayClient,
    conditions: EventConditions,
    known: EventList['events'],
  ): Promise<EventListResponse> {
    const [newest] = known;
    if (!newest) return client.events(conditions);
    const numbers = new Set(known.map(({ number }) => number));
    const page = await client.events({ ...conditions, known_up_to: newest.number });
    const isKnown = page.events.every(({ number }) => number > newest.number || numbers.has(number));
    return isKnown ? page : client.events(conditions);
  }

  async #loadDetail({ client, access }: OpenLink): Promise<void> {
    const { detail: shown } = this.state;
    if (!shown) return;
    const detail = await loadDetail(client, access, shown);
    if (detail.number === this.#page.event) this.#set({ detail });
  }

  /** The conditions may depend on the current time. */
  #conditionsOf = ({ filters }: PageState): EventConditions =>
    conditionsOf(filters, this.state.overview?.now ?? Date.now());

  /** Returns true if a page has the filters of the page that is shown. */
  #isListed = ({ filters }: PageState): boolean =>
    queryOf(eventsWith(filters)) === queryOf(eventsWith(this.#page.filters));

  /**
   * Returns true if the search for a page is not over and has found fewer events than wanted: filters may leave out all events
   * that the relay searches for one request.
   */
  #isShort(page: PageState, wanted: number): boolean {
    const { list } = this.state;
    const next = list?.next ?? null;
    if (next === null || !this.#isListed(page)) return false;
    return (list?.events.length ?? 0) < (isFiltered(page.filters) ? wanted : 1);
  }

  /** Changes the list of a page unless the filters have changed in the meantime. */
  #setList(page: PageState, change: (list: EventList | null) => EventList | null): void {
    if (this.#isListed(page)) this.#set({ list: change(this.state.list) });
  }

  /**
   * Runs a step and shows its failure, if any.
   *
   * @returns milliseconds to wait after a failure; null after a success
   */
  async #guarded(step: () => Promise<void>): Promise<number | null> {
    try {
      await step();
      return null;
    } catch (error) {
      if (!(error instanceof RequestFailed)) {
        this.#options.onDefect(error);
        this.#set({ trouble: 'defect' });
        return POLL_MS;
      }
      const { reason, retryAfterMs } = error;
      this.#set(reason === 'expired' || reason === 'refused' ? { access: reason } : { trouble: reason });
      return reason === 'busy' ? (retryAfterMs ?? BUSY_MS) : POLL_MS;
    }
  }

  #set(changes: Partial<SessionState>): void {
    this.state = { ...this.state, ...changes };
    this.#options.onChange();
  }
}

/** The open channel, which most views show a part of. */
export interface Channel extends OverviewResponse {
  readonly session: Session;
  /** Names of the Zaps by their ids. */
  readonly names: ReadonlyMap<string, string>;
}
