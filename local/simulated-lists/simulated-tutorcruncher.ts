/** The simulated TutorCruncher, which responds with the lists and the details of records at the moment of a request. */

import type { RecordState } from './polled-list.ts';
import { CLOCKS_CHANGE, MINUTE, WEEK_START, type Interval } from './simulated-time.ts';

const PAGE = 100;

/** A response to a request. */
interface Reply {
  readonly status: number;
  readonly data: unknown;
}

/** Matches the parameters that limit the time of records. */
const TIME_LIMIT = /_[gl]te$/;

/** Returns the index of the first state whose place in the list is not before the given place. */
function indexOfPlace(states: readonly RecordState[], place: number): number {
  let [low, high] = [0, states.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((states[middle]?.sortedBy ?? place) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A list, and its records in their current state. */
class SimulatedList {
  readonly #changes: readonly RecordState[];
  #applied = 0;
  readonly #current = new Map<number, RecordState>();
  /** The records that exist, in the reverse order of the list, so that most new records are added at the end. */
  readonly #reversed: RecordState[] = [];
  /**
   * The times of the records in `#reversed`. Comparing numbers in an array is several times as fast as reading the
   * times from records.
   */
  readonly #times: number[] = [];
  /**
   * Cache of the records that filters select, which is cleared at each change. The cache serves the pages of a list,
   * which are requested one after the other.
   */
  readonly #selected = new Map<string, readonly RecordState[]>();

  constructor(states: readonly RecordState[]) {
    this.#changes = states.toSorted((one, other) => one.from - other.from);
  }

  /** Replaces `count` states, starting at an index. */
  #replace(index: number, count: number, ...states: readonly RecordState[]): void {
    this.#reversed.splice(index, count, ...states);
    this.#times.splice(index, count, ...states.map(({ time }) => time));
  }

  #apply(next: RecordState): void {
    const previous = this.#current.get(next.id);
    const states = next.isDeleted ? [] : [next];
    const index = previous ? this.#reversed.indexOf(previous, indexOfPlace(this.#reversed, previous.sortedBy)) : -1;
    if (previous?.sortedBy === next.sortedBy) {
      this.#replace(index, 1, ...states);
    } else {
      if (previous) this.#replace(index, 1);
      this.#replace(indexOfPlace(this.#reversed, next.sortedBy), 0, ...states);
    }
    if (next.isDeleted) this.#current.delete(next.id);
    else this.#current.set(next.id, next);
  }

  /** Applies the changes up to the current time. */
  #update(now: number): void {
    const before = this.#applied;
    for (let next = this.#changes[before]; next && next.from <= now; next = this.#changes[++this.#applied]) {
      this.#apply(next);
    }
    if (this.#applied > before) this.#selected.clear();
  }

  /**
   * Returns the records that match the filters, in the order of the list. A record without a time matches no limit on
   * the time.
   */
  #matching(filters: URLSearchParams): readonly RecordState[] {
    const limits = [...filters].filter(([key]) => TIME_LIMIT.test(key));
    const limitOf = (end: string) => Date.parse(limits.find(([key]) => key.endsWith(end))?.[1] ?? '');
    const [from, to] = [limitOf('_gte'), limitOf('_lte')];
    const others = [...filters].filter(([key]) => !TIME_LIMIT.test(key));
    const isAnyTime = Number.isNaN(from) && Number.isNaN(to);
    const [earliest, latest] = [Number.isNaN(from) ? -Infinity : from, Number.isNaN(to) ? Infinity : to];
    const found: RecordState[] = [];
    for (let index = this.#times.length - 1; index >= 0; index--) {
      const time = this.#times[index] ?? NaN;
      if (!isAnyTime && !(time >= earliest && time <= latest)) continue;
      const state = this.#reversed[index];
      if (state && others.every(([name, value]) => (state.filters[name] ?? value) === value)) found.push(state);
    }
    return found;
  }

  #select(search: URLSearchParams): readonly RecordState[] {
    const filters = new URLSearchParams(search);
    filters.delete('page');
    const name = filters.toString();
    const known = this.#selected.get(name);
    if (known) return known;
    const found = this.#matching(filters);
    if (this.#selected.size > 20) this.#selected.clear();
    this.#selected.set(name, found);
    return found;
  }

  respond(search: URLSearchParams, id: string | undefined, now: number): Reply {
    this.#update(now);
    const rowOf = ({ rows }: RecordState) => (now >= CLOCKS_CHANGE ? rows.winter() : rows.summer());
    if (id !== undefined) {
      const found = this.#current.get(Number(id));
      return found ? { status: 200, data: found.detailOf(rowOf(found)) } : { status: 404, data: {} };
    }
    const found = this.#select(search);
    const page = Number(search.get('page') ?? 1);
    const results = found.slice((page - 1) * PAGE, page * PAGE).map(rowOf);
    if (results.length === 0 && page > 1) return { status: 404, data: { detail: 'Invalid page.' } };
    return { status: 200, data: { count: found.length, next: found.length > page * PAGE ? 'next' : null, results } };
  }
}

/** A list with all states of its records. */
export interface ListStates {
  readonly path: string;
  readonly states: readonly RecordState[];
}

/** The simulated TutorCruncher. Responses contain times with London's UTC offset at the time of the response. */
export class SimulatedTutorCruncher {
  /** Requests by minute. */
  readonly perMinute = new Map<number, number>();
  now = WEEK_START;
  /** The number of requests that TutorCruncher still answers before it stops responding. */
  requestsLeft = Infinity;
  readonly #lists: ReadonlyMap<string, SimulatedList>;
  readonly #outage: Interval;

  constructor(lists: readonly ListStates[], outage: Interval) {
    this.#lists = new Map(lists.map(({ path, states }) => [path, new SimulatedList(states)]));
    this.#outage = outage;
  }

  /** Response time of a slow TutorCruncher, in milliseconds; null for the usual response time. */
  slowMs: number | null = null;

  /** Responds to a request. @param timeoutMs - milliseconds after which the app stops waiting */
  async respond(url: URL, timeoutMs = Infinity): Promise<Reply> {
    await Promise.resolve();
    const minute = Math.floor(this.now / MINUTE);
    this.perMinute.set(minute, (this.perMinute.get(minute) ?? 0) + 1);
    if ((this.now >= this.#outage.from && this.now < this.#outage.to) || this.requestsLeft-- <= 0) {
      throw Object.assign(new Error('connect ECONNREFUSED'), { name: 'FetchError' });
    }
    const [, path = '', id] = /^\/api\/([a-z-]+)\/(?:(\d+)\/)?$/.exec(url.pathname) ?? [];
    const reply = this.#lists.get(path)?.respond(url.searchParams, id, this.now) ?? { status: 404, data: {} };
    if (this.slowMs !== null) {
      await this.wait(Math.min(this.slowMs, timeoutMs));
      if (this.slowMs > timeoutMs)
        throw Object.assign(new Error('timeout'), { name: 'FetchError', type: 'request-timeout' });
      return reply;
    }
    // Each response takes this time, so that changes happen between two requests of a poll.
    this.now += 250;
    return reply;
  }

  /** Lets time pass. Waits that begin at the same moment end at the same moment. */
  async wait(ms: number): Promise<void> {
    const until = this.now + ms;
    await Promise.resolve();
    this.now = Math.max(this.now, until);
  }
}
