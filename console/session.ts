/**
 * The data of the page: one link, the overview, the loaded events and the opened event. It is requested again every five
 * seconds while the page is visible.
 */

import type {
  ConsoleLinkResponse,
  EventConditions,
  EventResponse,
  ListedEvent,
  OverviewResponse,
  SendAgainRequest,
  SendAgainResponse,
} from '../wire/console-api.ts';
import type { DerivedLink } from '../wire/console-link.ts';
import { withFirstPage, withNextPage, type EventList } from './event-list.ts';
import { LinkKeys } from './link-keys.ts';
import {
  changesBetween,
  openDelivery,
  type BrowserDelivery,
  type ChangesSince,
  type SealedEnvelope,
} from './opened-delivery.ts';
import { RelayClient, RequestFailed, type FailureReason } from './relay-client.ts';

/** Interval between two requests for the same data. */
const POLL_MS = 5_000;
/** Pause after a response that says that there were too many requests, and does not say for how long to wait. */
const BUSY_MS = 30_000;
/** Name of the performance measure of opening a page of events. */
const OPENING_MEASURE = 'open-events';

/**
 * Access to the channel: `opening` while the link is looked up, `open`, or the reason for which there is none. `no-link`:
 * the tab was not opened with a link.
 */
export type Access = 'opening' | 'open' | 'no-link' | 'expired' | 'refused';

/** The opened event. `missing`: it is not stored, or no longer. */
export type Detail =
  | { readonly kind: 'loading' | 'missing'; readonly number: number }
  | {
      readonly kind: 'loaded';
      readonly number: number;
      readonly event: EventResponse;
      readonly delivery: BrowserDelivery;
      /** Null if the changes are not known. */
      readonly changes: ChangesSince | null;
    };

export interface SessionState {
  readonly access: Access;
  readonly link: ConsoleLinkResponse | null;
  readonly overview: OverviewResponse | null;
  /** The events that meet the conditions; null until they are loaded. */
  readonly list: EventList | null;
  readonly isLoadingMore: boolean;
  readonly deliveries: ReadonlyMap<string, BrowserDelivery>;
  readonly detail: Detail | null;
  /** Reason for which the newest request failed; null if it succeeded. The data shown may be out of date then. */
  readonly trouble: FailureReason | null;
}

const INITIAL: SessionState = {
  access: 'opening',
  link: null,
  overview: null,
  list: null,
  isLoadingMore: false,
  deliveries: new Map(),
  detail: null,
  trouble: null,
};

export class Session {
  state: SessionState = INITIAL;
  readonly #onChange: () => void;
  #client: RelayClient | null = null;
  #keys: LinkKeys | null = null;
  #conditions: () => EventConditions = () => ({});
  /** Identifies the conditions, so that a late response to a request with other conditions is dropped. */
  #conditionsKey = '';
  #detailNumber: number | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isPolling = false;
  #isStopped = false;

  /** @param onChange - called after each change of the state */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Shows that there is no access. */
  deny(access: 'no-link' | 'expired'): void {
    this.#set({ access });
  }

  /** Opens the link and begins to poll. */
  async start({ accessToken, wrappingKey }: DerivedLink): Promise<void> {
    const client = new RelayClient(accessToken);
    this.#client = client;
    const link = await this.#attempt(() => client.link());
    if (link) {
      this.#keys = new LinkKeys(wrappingKey, link);
      this.#set({ access: 'open', link });
      await this.poll();
    } else if (this.state.access === 'opening')
      this.#schedule(POLL_MS, () => void this.start({ accessToken, wrappingKey }));
  }

  /** Ends all requests and timers. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /**
   * Shows other events.
   *
   * @param key - the same for the same conditions, which may contain the present time
   */
  show(key: string, conditions: () => EventConditions, detail: number | null): void {
    const hasChanged = key !== this.#conditionsKey;
    this.#conditions = conditions;
    this.#conditionsKey = key;
    if (hasChanged) this.#set({ list: null, isLoadingMore: false });
    if (detail !== this.#detailNumber) {
      this.#detailNumber = detail;
      this.#set({ detail: detail === null ? null : { kind: 'loading', number: detail } });
    } else if (!hasChanged) return;
    if (this.state.access === 'open') void this.#refresh();
  }

  /** Requests everything that is shown, and again after five seconds. Does nothing while the page is hidden. */
  async poll(): Promise<void> {
    if (this.#isPolling || document.hidden || this.state.access !== 'open') return;
    this.#isPolling = true;
    const pause = await this.#refresh();
    this.#isPolling = false;
    this.#schedule(pause, () => void this.poll());
  }

  /** Loads the next page of the list. */
  async loadMore(): Promise<void> {
    const { list } = this.state;
    const key = this.#conditionsKey;
    const { next } = list ?? { next: null };
    if (next === null || this.state.isLoadingMore || !this.#client) return;
    const client = this.#client;
    this.#set({ isLoadingMore: true });
    const page = await this.#attempt(() => client.events({ ...this.#conditions(), before: next }));
    if (key !== this.#conditionsKey) return;
    if (page) await this.#open(page.events);
    this.#set({
      isLoadingMore: false,
      ...(page && this.state.list && { list: withNextPage(this.state.list, page) }),
    });
  }

  /**
   * Sends events again, or counts them.
   *
   * @throws {RequestFailed}
   */
  async sendAgain(request: SendAgainRequest): Promise<SendAgainResponse> {
    if (!this.#client) throw new RequestFailed('expired');
    const response = await this.#client.sendAgain(request);
    if (!request.dry_run) void this.#refresh();
    return response;
  }

  /** Requests everything that is shown. @returns milliseconds after which to do so again */
  async #refresh(): Promise<number> {
    const client = this.#client;
    if (!client) return POLL_MS;
    const key = this.#conditionsKey;
    const number = this.#detailNumber;
    let pause = POLL_MS;
    const attempt = <T>(request: () => Promise<T>) =>
      this.#attempt(request, (wait) => {
        pause = Math.max(pause, wait);
      });
    const [overview, page] = await Promise.all([
      attempt(() => client.overview()),
      attempt(() => client.events(this.#conditions())),
      number === null ? null : this.#loadDetail(client, number),
    ]);
    if (page) await this.#open(page.events);
    this.#set({
      ...(overview && { overview }),
      ...(page && key === this.#conditionsKey && { list: withFirstPage(this.state.list, page) }),
      ...(overview && page && { trouble: null }),
    });
    return pause;
  }

  async #loadDetail(client: RelayClient, number: number): Promise<void> {
    let detail: Detail;
    try {
      const event = await client.event(number);
      const { previous } = event.envelope;
      const delivery = await this.#remembered(event.envelope);
      const changes = previous ? changesBetween(await this.#remembered(previous), delivery) : null;
      detail = { kind: 'loaded', number, event, delivery, changes };
    } catch (error) {
      if (!(error instanceof RequestFailed) || error.reason !== 'missing') return;
      detail = { kind: 'missing', number };
    }
    if (number === this.#detailNumber) this.#set({ detail });
  }

  #opened(envelope: SealedEnvelope): Promise<BrowserDelivery> {
    return this.#keys ? openDelivery(envelope, this.#keys) : Promise.resolve({ kind: 'newer-key' });
  }

  /** Returns a delivery that has been opened before, or opens it. */
  async #remembered(envelope: SealedEnvelope): Promise<BrowserDelivery> {
    const known = this.state.deliveries.get(envelope.delivery_id);
    if (known?.kind === 'opened') return known;
    const delivery = await this.#opened(envelope);
    this.#set({ deliveries: new Map(this.state.deliveries).set(envelope.delivery_id, delivery) });
    return delivery;
  }

  /** Opens the events of a page that are not opened yet. */
  async #open(events: readonly ListedEvent[]): Promise<void> {
    const unopened = events.filter(({ envelope }) => !this.state.deliveries.has(envelope.delivery_id));
    if (unopened.length === 0) return;
    const start = performance.now();
    const opened = await Promise.all(
      unopened.map(async ({ envelope }) => [envelope.delivery_id, await this.#opened(envelope)] as const),
    );
    performance.measure(OPENING_MEASURE, { start, end: performance.now() });
    this.#set({ deliveries: new Map([...this.state.deliveries, ...opened]) });
  }

  /** Makes a request. @returns null if it fails, after the state has been changed accordingly */
  async #attempt<T>(request: () => Promise<T>, onBusy?: (waitMs: number) => void): Promise<T | null> {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      const { reason, retryAfterMs } = error;
      if (reason === 'expired' || reason === 'refused') this.#set({ access: reason });
      else this.#set({ trouble: reason });
      if (reason === 'busy') onBusy?.(retryAfterMs ?? BUSY_MS);
      return null;
    }
  }

  #schedule(milliseconds: number, action: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(action, milliseconds);
  }

  #set(changes: Partial<SessionState>): void {
    if (this.#isStopped) return;
    this.state = { ...this.state, ...changes };
    this.#onChange();
  }
}
