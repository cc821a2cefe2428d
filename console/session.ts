/**
 * The data of the page: one link, the overview, the loaded events and the opened event. While the page is visible, it
 * requests the displayed data every five seconds.
 */

import type { ConsoleLinkResponse, EventConditions, EventListResponse, OverviewResponse } from '../wire/console-api.ts';
import type { SendAgainRequest, SendAgainResponse } from '../wire/console-send-again.ts';
import type { DerivedLink } from '../wire/console-link.ts';
import { loadDetail, type Detail } from './detail.ts';
import { withFirstPage, withNextPage, withoutContents, type EventList } from './event-list.ts';
import { LinkKeys } from './link-keys.ts';
import { deliveryNames, openDelivery, type DeliveryNames } from './opened-delivery.ts';
import { RelayClient, RequestFailed, type FailureReason } from './relay-client.ts';

/** Interval between two requests for the same data. */
const POLL_MS = 5_000;
/** Pause after a response about too many requests that has no Retry-After header. */
const BUSY_MS = 30_000;
/** Name of the performance measure for opening a page of events. */
const OPENING_MEASURE = 'open-events';

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
  /** The events that meet the conditions; null until they are loaded. */
  readonly list: EventList | null;
  readonly isLoadingMore: boolean;
  /** The names in the events of the list, by the ids of their deliveries. */
  readonly names: ReadonlyMap<string, DeliveryNames>;
  readonly detail: Detail | null;
  /** Null if the latest requests succeeded. */
  readonly trouble: Trouble | null;
}

const NO_EVENTS: EventListResponse = { events: [], next: null };

const INITIAL: SessionState = {
  access: 'opening',
  link: null,
  overview: null,
  list: null,
  isLoadingMore: false,
  names: new Map(),
  detail: null,
  trouble: null,
};

/** The part of the channel that is displayed beside the overview. */
export interface Shown {
  /** True for the list of events. */
  readonly hasList: boolean;
  /** Identifies the conditions of the list, which may include the current time. */
  readonly conditionsKey: string;
  readonly conditions: () => EventConditions;
  /** Number of the opened event; null if none is open. */
  readonly event: number | null;
}

export interface SessionOptions {
  /** Called after each change of the state. Must not throw. */
  readonly onChange: () => void;
  /** Returns true while the page is hidden. */
  readonly isHidden: () => boolean;
  /** Reports an error in the page itself. */
  readonly onDefect: (error: unknown) => void;
}

/** An open link. */
interface OpenLink {
  readonly client: RelayClient;
  readonly keys: LinkKeys;
}

export class Session {
  state: SessionState = INITIAL;
  readonly #options: SessionOptions;
  #link: OpenLink | null = null;
  #shown: Shown = { hasList: false, conditionsKey: '', conditions: () => ({}), event: null };
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isPolling = false;
  #isStopped = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Shows that there is no access. */
  deny(access: 'no-link' | 'expired'): void {
    this.#set({ access });
  }

  /** Opens the link and begins to poll. */
  async start({ accessToken, wrappingKey }: DerivedLink): Promise<void> {
    const client = new RelayClient(accessToken);
    const pause = await this.#guarded(async () => {
      const link = await client.link();
      this.#link = { client, keys: new LinkKeys(wrappingKey, link) };
      this.#set({ access: 'open', link, trouble: null });
    });
    if (this.#link) await this.poll();
    else if (this.state.access === 'opening')
      this.#schedule(pause ?? POLL_MS, () => void this.start({ accessToken, wrappingKey }));
  }

  /** Ends all requests and timers. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Requests and shows another part of the channel. Does nothing if that part is already shown. */
  show(shown: Shown): void {
    const { hasList, conditionsKey, event } = this.#shown;
    const hasOtherConditions = shown.conditionsKey !== conditionsKey;
    const hasOtherEvent = shown.event !== event;
    this.#shown = shown;
    if (!hasOtherConditions && !hasOtherEvent && shown.hasList === hasList) return;
    this.#set({
      ...(hasOtherConditions && { list: null, names: new Map(), isLoadingMore: false }),
      ...(hasOtherEvent && { detail: shown.event === null ? null : { kind: 'loading', number: shown.event } }),
    });
    void this.#refresh();
  }

  /** Requests all displayed data, and repeats this every five seconds. Does nothing while the page is hidden. */
  async poll(): Promise<void> {
    if (this.#isPolling || this.#options.isHidden() || this.state.access !== 'open') return;
    this.#isPolling = true;
    let pause = POLL_MS;
    try {
      pause = await this.#refresh();
    } finally {
      this.#isPolling = false;
      this.#schedule(pause, () => void this.poll());
    }
  }

  /** Loads the next page of the list. */
  async loadMore(): Promise<void> {
    const { list, isLoadingMore } = this.state;
    const link = this.#link;
    const { conditions, conditionsKey } = this.#shown;
    const { next } = list ?? { next: null };
    if (next === null || isLoadingMore || !link) return;
    this.#set({ isLoadingMore: true });
    await this.#guarded(async () => {
      const page = await link.client.events({ ...conditions(), before: next });
      const opened = await this.#open(link, page);
      this.#setList(conditionsKey, opened, (shown) => (shown ? withNextPage(shown, withoutContents(page)) : null));
    });
    if (conditionsKey === this.#shown.conditionsKey) this.#set({ isLoadingMore: false });
  }

  /**
   * Sends events again, or counts them.
   *
   * @throws {RequestFailed}
   */
  async sendAgain(request: SendAgainRequest): Promise<SendAgainResponse> {
    if (!this.#link) throw new RequestFailed('expired');
    const response = await this.#link.client.sendAgain(request);
    if (!request.dry_run) void this.#refresh();
    return response;
  }

  /** Requests all displayed data. @returns milliseconds until the next request */
  async #refresh(): Promise<number> {
    const link = this.#link;
    if (!link || this.state.access !== 'open') return POLL_MS;
    const pauses = await Promise.all([
      this.#guarded(() => this.#loadOverview(link)),
      this.#guarded(() => this.#loadList(link)),
      this.#guarded(() => this.#loadDetail(link)),
    ]);
    if (pauses.every((pause) => pause === null)) this.#set({ trouble: null });
    return Math.max(POLL_MS, ...pauses.map((pause) => pause ?? 0));
  }

  async #loadOverview({ client }: OpenLink): Promise<void> {
    const overview = await client.overview();
    this.#set({ overview });
  }

  async #loadList(link: OpenLink): Promise<void> {
    const { hasList, conditions, conditionsKey } = this.#shown;
    if (!hasList) return;
    const page = await this.#newestEvents(link, conditions()).catch((error: unknown) => {
      // The Zap in the conditions was turned off long ago, so the relay no longer knows it.
      if (error instanceof RequestFailed && error.reason === 'missing') return NO_EVENTS;
      throw error;
    });
    const opened = await this.#open(link, page);
    this.#setList(conditionsKey, opened, (list) => withFirstPage(list, withoutContents(page)));
  }

  /**
   * Loads the first page of the list. If all listed events have been opened, requests only the contents of newer
   * events.
   */
  async #newestEvents({ client }: OpenLink, conditions: EventConditions): Promise<EventListResponse> {
    const [newest] = this.state.list?.events ?? [];
    if (!newest) return client.events(conditions);
    const page = await client.events({ ...conditions, known_up_to: newest.number });
    const isKnown = ({ number, envelope }: EventListResponse['events'][number]) =>
      number > newest.number || this.state.names.has(envelope.delivery_id);
    return page.events.every(isKnown) ? page : client.events(conditions);
  }

  async #loadDetail({ client, keys }: OpenLink): Promise<void> {
    const { detail: shown } = this.state;
    if (!shown) return;
    const detail = await loadDetail(client, keys, shown);
    if (detail.number === this.#shown.event) this.#set({ detail });
  }

  /** Opens the events of a page that have not been opened yet. @returns the names in these events */
  async #open({ keys }: OpenLink, { events }: EventListResponse): Promise<ReadonlyMap<string, DeliveryNames>> {
    const unopened = events.filter(({ envelope }) => !this.state.names.has(envelope.delivery_id));
    if (unopened.length === 0) return new Map();
    const start = performance.now();
    const opened = await Promise.all(
      unopened.map(
        async ({ envelope }) => [envelope.delivery_id, deliveryNames(await openDelivery(envelope, keys))] as const,
      ),
    );
    performance.measure(OPENING_MEASURE, { start, end: performance.now() });
    return new Map(opened);
  }

  /** Changes the list unless its conditions have changed in the meantime. Keeps only the names of the listed events. */
  #setList(
    conditionsKey: string,
    opened: ReadonlyMap<string, DeliveryNames>,
    change: (list: EventList | null) => EventList | null,
  ): void {
    if (conditionsKey !== this.#shown.conditionsKey) return;
    const list = change(this.state.list);
    const known = new Map([...this.state.names, ...opened]);
    const names = new Map<string, DeliveryNames>();
    for (const { envelope } of list?.events ?? []) {
      const found = known.get(envelope.delivery_id);
      if (found) names.set(envelope.delivery_id, found);
    }
    this.#set({ list, names });
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

  #schedule(milliseconds: number, action: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(action, milliseconds);
  }

  #set(changes: Partial<SessionState>): void {
    if (this.#isStopped) return;
    this.state = { ...this.state, ...changes };
    this.#options.onChange();
  }
}
