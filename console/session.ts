/**
 * The data of the page: one link, the overview, the loaded events and the opened event. While the page is visible, the
 * session requests the displayed data every five seconds.
 */

import type {
  ConsoleLinkResponse,
  OverviewResponse,
  SendAgainRequest,
  SendAgainResponse,
} from '../wire/console-api.ts';
import { deriveLink, isLinkSecret, readLinkFragment } from '../wire/console-link.ts';
import { loadDetail, type Detail } from './opened-event.ts';
import { conditionsOf, isFiltered } from './filters.ts';
import { ListLoader, NOT_LOADED, type ListState } from './list-loader.ts';
import { unwrapLinkKeys, viewerLocale, type LinkAccess } from './opened-delivery.ts';
import { eventsWith, queryOf, type PageState } from './page-state.ts';
import { relayClient, RequestFailed, type FailureReason, type RelayClient } from './relay-client.ts';

/** Interval between two requests for the same data, in milliseconds. */
const POLL_MS = 5_000;
/** Pause after a "too many requests" response without a Retry-After header, in milliseconds. */
const BUSY_MS = 30_000;

/**
 * Access to the channel: `opening` while the link is looked up, `open`, or the reason that there is no access.
 * `no-link` means that the tab was opened without a link.
 */
export type Access = 'opening' | 'open' | 'no-link' | 'expired' | 'refused';

/** The reason that the displayed data might be outdated. `defect` means an error in the page itself. */
export type Trouble = FailureReason | 'defect';

export interface SessionState extends ListState {
  readonly access: Access;
  readonly link: ConsoleLinkResponse | null;
  readonly overview: OverviewResponse | null;
  readonly detail: Detail | null;
  /** The reason that the displayed data might be outdated; null if the latest requests succeeded. */
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

interface OpenLink {
  readonly client: RelayClient;
  readonly access: LinkAccess;
}

/** Returns true if two states of the page have the same filters. */
const haveSameFilters = (one: PageState, other: PageState): boolean =>
  queryOf(eventsWith(one.filters)) === queryOf(eventsWith(other.filters));

export class Session {
  state: SessionState = {
    access: 'opening',
    link: null,
    overview: null,
    ...NOT_LOADED,
    detail: null,
    trouble: null,
  };
  readonly #options: SessionOptions;
  #link: OpenLink | null = null;
  #page = eventsWith({});
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isPolling = false;
  /** The loader of the list with the current filters; null until the link is opened. */
  #list: ListLoader | null = null;
  /** Aborts the requests for the opened event. */
  #detailEnding = new AbortController();

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Opens a link and starts to poll. @param fragment - null if the tab was opened without a link */
  async start(fragment: string | null): Promise<void> {
    const { secret, currency } = readLinkFragment(fragment ?? '');
    if (!isLinkSecret(secret)) {
      this.#set({ access: fragment === null ? 'no-link' : 'expired' });
      return;
    }
    const { accessToken, wrappingKey } = await deriveLink(secret);
    const pause = await this.#attempt(async () => {
      const client = relayClient(accessToken);
      const link = await client.link();
      this.#link = { client, access: { keys: unwrapLinkKeys(wrappingKey, link), locale: viewerLocale(currency) } };
      this.#startList();
      this.#set({ access: 'open', link, trouble: null });
    });
    if (pause === null) await this.poll();
    else if (this.state.access === 'opening') setTimeout(() => void this.start(fragment), pause);
  }

  /** Returns true if the signature of a delivery is valid; undefined if the connector has not checked the signature. */
  verdictOn(deliveryId: string): boolean | undefined {
    return this.state.link?.verdicts.find(({ delivery_id }) => delivery_id === deliveryId)?.is_valid;
  }

  /** Requests and shows a different part of the channel. Does nothing if this part is already shown. */
  show(page: PageState): void {
    const last = this.#page;
    if (queryOf(page) === queryOf(last)) return;
    this.#page = page;
    if (!haveSameFilters(page, last)) this.#startList();
    if (page.event !== last.event) this.#startDetail(page.event);
    void this.#refresh();
  }

  /** Requests all displayed data, and repeats the request every five seconds. Does nothing while the page is hidden. */
  async poll(): Promise<void> {
    if (this.#isPolling || this.#options.isHidden() || this.state.access !== 'open') return;
    this.#isPolling = true;
    const pause = await this.#refresh();
    this.#isPolling = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.poll(), pause);
  }

  /** Loads older events; see {@link ListLoader.loadOlder}. */
  loadOlder = (what: 'page' | 'all'): Promise<void> => this.#list?.loadOlder(what) ?? Promise.resolve();

  /** Stops loading older events after the current request. */
  stopLoading(): void {
    this.#list?.stopLoading();
  }

  /** Sends events again, or only counts them. @throws {RequestFailed} if the request fails */
  async sendAgain(request: SendAgainRequest): Promise<SendAgainResponse> {
    const response = await this.#open().client.sendAgain(request);
    if (!request.dry_run) void this.#refresh();
    return response;
  }

  /**
   * Makes the relay attempt the waiting events of a Zap, or of all Zaps, immediately.
   *
   * @returns the number of Zaps whose events were waiting for a retry
   * @throws {RequestFailed} if the request fails
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
    const { view, event } = this.#page;
    const pauses = await Promise.all([
      this.#attempt(async () => {
        this.#set({ overview: await link.client.overview() });
      }),
      view === 'events' && event === null ? this.#list?.refresh() : null,
      this.#refreshDetail(link),
    ]);
    if (pauses.every((pause) => (pause ?? null) === null)) this.#set({ trouble: null });
    return Math.max(POLL_MS, ...pauses.map((pause) => pause ?? 0));
  }

  /** Starts the list with the current filters, and aborts the requests of the previous list. */
  #startList(): void {
    this.#list?.end();
    this.#set(NOT_LOADED);
    const { filters } = this.#page;
    this.#list =
      this.#link &&
      new ListLoader({
        ...this.#link,
        conditions: () => conditionsOf(filters, this.state.overview?.now ?? Date.now()),
        isFiltered: isFiltered(filters),
        attempt: (step, signal) => this.#attempt(step, signal),
        onChange: (state) => {
          this.#set(state);
        },
      });
  }

  /** Opens or closes an event, and aborts the requests for the previously opened event. */
  #startDetail(number: number | null): void {
    this.#detailEnding.abort();
    this.#detailEnding = new AbortController();
    this.#set({ detail: number === null ? null : { kind: 'loading', number } });
  }

  #refreshDetail({ client, access }: OpenLink): Promise<number | null> {
    const { signal } = this.#detailEnding;
    return this.#attempt(async () => {
      const { detail: shown } = this.state;
      if (!shown) return;
      const detail = await loadDetail(client, access, shown, signal);
      signal.throwIfAborted();
      this.#set({ detail });
    }, signal);
  }

  /**
   * Runs a step, and shows an error if the step fails. Ignores the failure of a step whose signal is aborted.
   *
   * @returns milliseconds to wait after a failure; null after a success
   */
  async #attempt(step: () => Promise<void>, signal?: AbortSignal): Promise<number | null> {
    try {
      await step();
      return null;
    } catch (error) {
      if (signal?.aborted) return null;
      if (!(error instanceof RequestFailed)) {
        this.#options.onDefect(error);
        this.#set({ trouble: 'defect' });
        return POLL_MS;
      }
      const { reason, retryAfterMs } = error;
      if (reason === 'expired' || reason === 'refused') {
        this.#list?.end();
        this.#set({ access: reason });
      } else {
        this.#set({ trouble: reason });
      }
      return reason === 'busy' ? (retryAfterMs ?? BUSY_MS) : POLL_MS;
    }
  }

  #set(changes: Partial<SessionState>): void {
    this.state = { ...this.state, ...changes };
    this.#options.onChange();
  }
}

/** The data of the open channel. Most views show a part of the data. */
export interface Channel extends OverviewResponse {
  readonly session: Session;
  /** Names of the Zaps, keyed by Zap id. */
  readonly names: ReadonlyMap<string, string>;
}
