/** The simulated TutorCruncher: the lists and the details of records, as they are at the moment of a request. */

import {
  CLOCKS_CHANGE,
  HOUR,
  MINUTE,
  OUTAGE,
  tutorOf,
  WEEK_START,
  type SimulatedLesson,
  type Version,
} from './simulated-lessons.ts';
import { OFFICE, officeResponses, type OfficeVersion } from './simulated-office.ts';

const PAGE = 100;

/** A response to a request. */
interface Reply {
  readonly status: number;
  readonly data: unknown;
}

/** The state of a record from a moment on. */
interface State {
  readonly id: number;
  readonly from: number;
  readonly status: string | null;
  /** The time by which the list can be filtered; NaN if there is none. */
  readonly time: number;
  readonly sortedBy: number;
  /** The tutor of a lesson, by which the list can be filtered. */
  readonly tutor: string | null;
  /** The row in summer and in winter time. The same rows are listed in thousands of polls, so that they are made once. */
  readonly rows: { readonly summer: object; readonly winter: object };
  readonly detailOf: (row: object) => object;
}

const winterText = (moment: number): string => new Date(moment).toISOString().replace('.000Z', 'Z');
const summerText = (moment: number): string => new Date(moment + HOUR).toISOString().replace('.000Z', '+01:00');

const RCRAS = [{ recipient: 5, recipient_name: 'Leo Raman', paying_client: 3 }];

function lessonState(id: number, { from, start, finish, status }: Version): State {
  const rowWith = (timeText: (moment: number) => string) => {
    const times = { start: timeText(start), finish: timeText(finish) };
    return { id, ...times, topic: `Lesson ${id}`, status, service: { id: 7, name: 'Maths' } };
  };
  const rows = { summer: rowWith(summerText), winter: rowWith(winterText) };
  const people = { rcras: RCRAS, cjas: [{ contractor: tutorOf(id), contractor_name: 'Hannah Whitlock' }] };
  const detailOf = (row: object) => ({ ...row, ...people });
  return { id, from, status, time: start, sortedBy: id, tutor: String(tutorOf(id)), rows, detailOf };
}

function officeState(path: string, id: number, version: OfficeVersion): State {
  const { from, at, status } = version;
  const { row, detail } = officeResponses(path, id, version);
  // Tasks are sorted by id. A draft without a date stands between the others.
  const sortedBy = path === 'tasks' ? id : (at ?? from);
  const rows = { summer: row, winter: row };
  return { id, from, status, time: at ?? NaN, sortedBy, tutor: null, rows, detailOf: () => detail };
}

const inListOrder = (one: State, other: State): number => other.sortedBy - one.sortedBy;

/** A list, and its records in their current state. */
class SimulatedList {
  readonly #changes: readonly State[];
  #applied = 0;
  readonly #current = new Map<number, State>();
  /** The records that exist, in the order of the list; null if it is not known since the last change. */
  #listed: readonly State[] | null = null;
  /** The records that exist, by the hour of their time. */
  readonly #byHour = new Map<number, Set<State>>();
  /** The records that a filter selects, until the next change. Pages of the same list are requested one after the other. */
  readonly #selected = new Map<string, readonly State[]>();

  constructor(states: readonly State[]) {
    this.#changes = states.toSorted((one, other) => one.from - other.from);
  }

  #atHourOf({ time }: State): Set<State> {
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
      if (next.status === 'deleted') continue;
      this.#current.set(next.id, next);
      this.#atHourOf(next).add(next);
    }
    if (this.#applied === before) return;
    this.#selected.clear();
    this.#listed = null;
  }

  #between(from: number, to: number): State[] {
    const hours = Array.from({ length: Math.floor((to - from) / HOUR) + 2 }, (_, index) => index);
    return hours
      .flatMap((hour) => [...(this.#byHour.get(Math.floor(from / HOUR) + hour) ?? [])])
      .filter(({ time }) => time >= from && time <= to)
      .sort(inListOrder);
  }

  #select(search: URLSearchParams): readonly State[] {
    const filters = new URLSearchParams(search);
    filters.delete('page');
    const name = filters.toString();
    const known = this.#selected.get(name);
    if (known) return known;
    const limitOf = (end: string) => Date.parse([...search].find(([key]) => key.endsWith(end))?.[1] ?? '');
    const [from, to, wanted] = [limitOf('_gte'), limitOf('_lte'), search.get('status')];
    const wantedTutor = search.get('contractor');
    const rows = Number.isNaN(from)
      ? (this.#listed ??= [...this.#current.values()].sort(inListOrder))
      : this.#between(from, to);
    const found = rows.filter(
      ({ status, tutor }) => (wanted === null || status === wanted) && (wantedTutor === null || tutor === wantedTutor),
    );
    if (this.#selected.size > 20) this.#selected.clear();
    this.#selected.set(name, found);
    return found;
  }

  respond(search: URLSearchParams, id: string | undefined, now: number): Reply {
    this.#update(now);
    const rowOf = ({ rows }: State): object => (now >= CLOCKS_CHANGE ? rows.winter : rows.summer);
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

/** TutorCruncher. It writes times with the offset that London has at the moment of the response. */
export class SimulatedTutorCruncher {
  /** Requests by minute and by Zap. */
  readonly perMinute = new Map<number, number>();
  readonly perZap = new Map<string, number>();
  now = WEEK_START;
  /** The number of requests to which TutorCruncher responds. */
  requestsLeft = Infinity;
  readonly #lists = new Map<string, SimulatedList>();
  readonly #outage: { readonly from: number; readonly to: number };

  constructor(lessons: readonly SimulatedLesson[], outage = OUTAGE) {
    this.#outage = outage;
    const states = lessons.flatMap(({ id, versions }) => versions.map((version) => lessonState(id, version)));
    this.#lists.set('appointments', new SimulatedList(states));
    for (const [path, records] of Object.entries(OFFICE)) {
      const changes = records.flatMap(({ id, versions }) => versions.map((one) => officeState(path, id, one)));
      this.#lists.set(path, new SimulatedList(changes));
    }
  }

  respond(url: URL, zap: string): Reply {
    const minute = Math.floor(this.now / MINUTE);
    this.perMinute.set(minute, (this.perMinute.get(minute) ?? 0) + 1);
    this.perZap.set(zap, (this.perZap.get(zap) ?? 0) + 1);
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
