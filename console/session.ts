/**
 * The data of the page: one link, the overview, the loaded events and the opened event. While the page is visible, it
 * requests the displayed data every five seconds.
 */

import {
  DEFAULT_LISTED_EVENTS,
  MAX_LISTED_EVENTS,
  type EventConditions,
  type EventListResponse,
  type SendAgainRequest,
  type SendAgainResponse,
} from '../wire/console-api.ts';
import type { DerivedLink } from '../wire/console-link.ts';
import { loadDetail } from './detail.ts';
import { withFirstPage, withNextPage, withoutContents, type EventList } from './event-list.ts';
import { LinkKeys } from './link.ts';
import { deliveryNames, openDelivery, type DeliveryNames, type SealedEnvelope } from './opened-delivery.ts';
import { RelayClient, RequestFailed } from './relay-client.ts';
import { INITIAL, type SessionState, type Shown } from './session-state.ts';

/** Interval between two requests for the same data. */
const POLL_MS = 5_000;
/** Pause after a response about too many requests that has no Retry-After header. */
const BUSY_MS = 30_000;

const NO_EVENTS: EventListResponse = { events: [], next: null };

export interface SessionOptions {
  /** Called after each change of the state. Must not throw. */
  readonly onChange: () => void;
  /** Returns true while the page is hidden. */
  readonly isHidden: () => boolean;
  /** Reports an error in the page itself. */
  readonly onDefect: (error: unknown) => void;
}

type OpenLink = Readonly<{ client: RelayClient; keys: LinkKeys }>;

export class Session {
  state: SessionState = INITIAL;
  readonly #options: SessionOptions;
  #link: OpenLink | null = null;
  #shown: Shown = { hasList: false, conditionsKey: '', conditions: () => ({}), event: null };
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isPolling = false;
  #isStopped = false;
  #loading: Promise<void> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#options = options;
  }

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

  /** Returns true if a delivery has a valid signature, and undefined unless the connector has checked it. */
  verdictOn(deliveryId: string): boolean | undefined {
    return this.state.link?.verdicts.find(({ delivery_id }) => delivery_id === deliveryId)?.is_valid;
  }

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
      ...(hasOtherConditions && { list: null, names: new Map(), loading: null }),
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

  /**
   * Loads older events, newest first: the next page, or all pages until {@link stopLoading} is called or other conditions
   * are shown. Repeats a failed request.
   */
  loadOlder(what: 'page' | 'all'): Promise<void> {
    const isLoading = this.state.loading !== null;
    this.#set({ loading: what });
    if (!isLoading) this.#loading = this.#loadPages(this.#shown);
    return this.#loading;
  }

  /** Ends the loading of all older events, after the current page. */
  stopLoading(): void {
    if (this.state.loading === 'all') this.#set({ loading: 'page' });
  }

  async #loadPages(shown: Shown): Promise<void> {
    const { conditions, conditionsKey } = shown;
    const isShown = () => conditionsKey === this.#shown.conditionsKey && !this.#isStopped;
    for (let isDone = false; !isDone && isShown();) {
      const { list, loading } = this.state;
      const { next } = list ?? { next: null };
      const link = this.#link;
      if (next === null || !link) break;
      const limit = loading === 'all' ? MAX_LISTED_EVENTS : DEFAULT_LISTED_EVENTS;
      const pause = await this.#guarded(async () => {
        const page = await link.client.events({ ...conditions(), before: next, limit });
        const opened = await this.#open(link, page);
        this.#setList(conditionsKey, opened, (list) =>
          list?.next === next ? withNextPage(list, withoutContents(page)) : list,
        );
      });
      isDone = this.state.loading !== 'all' || this.state.access !== 'open';
      if (!isDone && pause !== null) await new Promise((resolve) => setTimeout(resolve, pause));
    }
    if (isShown()) this.#set({ loading: null });
  }

  /** Sends events again, or counts them. @throws {RequestFailed} */
  async sendAgain(request: SendAgainRequest): Promise<SendAgainResponse> {
    if (!this.#link) throw new RequestFailed('expired');
    const response = await this.#link.client.sendAgain(request);
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
    if (!this.#link) throw new RequestFailed('expired');
    const { zaps } = await this.#link.client.retry(zap === null ? {} : { zap });
    void this.#refresh();
    return zaps;
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
    const unopened = events.map(({ envelope }) => envelope).filter(({ delivery_id: id }) => !this.state.names.has(id));
    const open = async (envelope: SealedEnvelope) => deliveryNames(await openDelivery(envelope, keys));
    return new Map(await Promise.all(unopened.map(async (each) => [each.delivery_id, await open(each)] as const)));
  }

  /** Changes the list unless its conditions have changed in the meantime. Keeps only the names of the listed events. */
  #setList(
    conditionsKey: string,
    opened: ReadonlyMap<string, DeliveryNames>,
    change: (list: EventList | null) => EventList | null,
  ): void {
    if (conditionsKey !== this.#shown.conditionsKey) return;
    const list = change(this.state.list);
    const names = new Map<string, DeliveryNames>();
    for (const { envelope } of list?.events ?? []) {
      const found = opened.get(envelope.delivery_id) ?? this.state.names.get(envelope.delivery_id);
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
