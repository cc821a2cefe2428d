/** The simulated TutorCruncher: the lists and the details of records, as they are at the moment of a request. */

import type { RecordState } from '../../local/polled-lists/polled-list.ts';
import { CLOCKS_CHANGE, HOUR, MINUTE, WEEK_START, type Interval } from '../../local/polled-lists/simulated-time.ts';

const PAGE = 100;

/** A response to a request. */
interface Reply {
  readonly status: number;
  readonly data: unknown;
}

const inListOrder = (one: RecordState, other: RecordState): number => other.sortedBy - one.sortedBy;

/** A list, and its records in their current state. */
class SimulatedList {
  readonly #changes: readonly RecordState[];
  #applied = 0;
  readonly #current = new Map<number, RecordState>();
  /** The records that exist, in the order of the list; null if it is not known since the last change. */
  #listed: readonly RecordState[] | null = null;
  /** The records that exist, by the hour of their time. */
  readonly #byHour = new Map<number, Set<RecordState>>();
  /** The records that a filter selects, until the next change. Pages of the same list are requested one after the other. */
  readonly #selected = new Map<string, readonly RecordState[]>();

  constructor(states: readonly RecordState[]) {
    this.#changes = states.toSorted((one, other) => one.from - other.from);
  }

  #atHourOf({ time }: RecordState): Set<RecordState> {
    const hour = Math.floor(time / HOUR);
    const states = this.#byHour.get(hour) ?? new Set();
    this.#byHour.set(hour, states);
    return states;
  }

  /** Applies the changes until now. */
  #update(now: number): void {
    const before = this.#applied;
    for (let next = this.#changes[before]; next && next.from <= now; next = this.#changes[++this.#applied]) {
      const previous = this.#current.get(next.id);
      if (previous) this.#atHourOf(previous).delete(previous);
      this.#current.delete(next.id);
      if (next.isDeleted) continue;
      this.#current.set(next.id, next);
      this.#atHourOf(next).add(next);
    }
    if (this.#applied === before) return;
    this.#selected.clear();
    this.#listed = null;
  }

  #between(from: number, to: number): RecordState[] {
    const found: RecordState[] = [];
    for (let hour = Math.floor(from / HOUR); hour <= Math.floor(to / HOUR); hour++) {
      for (const state of this.#byHour.get(hour) ?? []) if (state.time >= from && state.time <= to) found.push(state);
    }
    return found.sort(inListOrder);
  }

  /** Returns the records from a time on, or all records if it is NaN. */
  #from(from: number): readonly RecordState[] {
    this.#listed ??= [...this.#current.values()].sort(inListOrder);
    return Number.isNaN(from) ? this.#listed : this.#listed.filter(({ time }) => time >= from);
  }

  #select(search: URLSearchParams): readonly RecordState[] {
    const filters = new URLSearchParams(search);
    filters.delete('page');
    const name = filters.toString();
    const known = this.#selected.get(name);
    if (known) return known;
    const limitOf = (end: string) => Date.parse([...search].find(([key]) => key.endsWith(end))?.[1] ?? '');
    const [from, to] = [limitOf('_gte'), limitOf('_lte')];
    const rows = Number.isNaN(to) ? this.#from(from) : this.#between(from, to);
    const wanted = [...filters];
    const found = rows.filter((state) => wanted.every(([filter, value]) => (state.filters[filter] ?? value) === value));
    if (this.#selected.size > 20) this.#selected.clear();
    this.#selected.set(name, found);
    return found;
  }

  respond(search: URLSearchParams, id: string | undefined, now: number): Reply {
    this.#update(now);
    const rowOf = ({ rows }: RecordState) => (now >= CLOCKS_CHANGE ? rows.winter : rows.summer);
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

/** TutorCruncher. It writes times with the offset that London has at the moment of the response. */
export class SimulatedTutorCruncher {
  /** Requests by minute. */
  readonly perMinute = new Map<number, number>();
  now = WEEK_START;
  /** The number of requests to which TutorCruncher responds. */
  requestsLeft = Infinity;
  readonly #lists: ReadonlyMap<string, SimulatedList>;
  readonly #outage: Interval;

  constructor(lists: readonly ListStates[], outage: Interval) {
    this.#lists = new Map(lists.map(({ path, states }) => [path, new SimulatedList(states)]));
    this.#outage = outage;
  }

  respond(url: URL): Reply {
    const minute = Math.floor(this.now / MINUTE);
    this.perMinute.set(minute, (this.perMinute.get(minute) ?? 0) + 1);
    if ((this.now >= this.#outage.from && this.now < this.#outage.to) || this.requestsLeft-- <= 0) {
      throw Object.assign(new Error('connect ECONNREFUSED'), { name: 'FetchError' });
    }
    const [, path = '', id] = /^\/api\/([a-z-]+)\/(?:(\d+)\/)?$/.exec(url.pathname) ?? [];
    const reply = this.#lists.get(path)?.respond(url.searchParams, id, this.now) ?? { status: 404, data: {} };
    // The time that a response takes: changes happen between two requests of a poll. Several arrive at the same time.
    this.now += 250;
    return reply;
  }
}
