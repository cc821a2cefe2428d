/** The simulated TutorCruncher: the lists and the details of records, as they are at the moment of a request. */

import {
  CLOCKS_CHANGE,
  HOUR,
  MINUTE,
  OUTAGE,
  WEEK_START,
  type SimulatedLesson,
  type Version,
} from './simulated-lessons.ts';
import { OFFICE, officeResponses, type OfficeRecord, type OfficeVersion } from './simulated-office.ts';

const PAGE = 100;

/** A response to a request. */
export interface Reply {
  readonly status: number;
  readonly data: unknown;
}

/** A lesson in its current state. */
interface CurrentLesson {
  readonly id: number;
  readonly version: Version;
  /** The row in summer and in winter time. The same rows are listed in thousands of polls, so that they are made once. */
  readonly rows: { readonly summer: Row; readonly winter: Row };
}

type Row = ReturnType<typeof rowOf>;

/** Returns the row of a lesson. @param timeText - writes a time, in milliseconds since 1970 */
function rowOf(id: number, { start, finish, status }: Version, timeText: (moment: number) => string) {
  const times = { start: timeText(start), finish: timeText(finish) };
  return Object.freeze({ id, ...times, topic: `Lesson ${id}`, status, service: { id: 7, name: 'Maths' } });
}

const winterText = (moment: number): string => new Date(moment).toISOString().replace('.000Z', 'Z');
const summerText = (moment: number): string => new Date(moment + HOUR).toISOString().replace('.000Z', '+01:00');

/** A list other than the list of lessons, and its records in their current state. */
class OfficeList {
  readonly #path: string;
  readonly #changes: readonly (OfficeVersion & { readonly id: number })[];
  readonly #current = new Map<number, ReturnType<typeof officeResponses> & { readonly sortedBy: number }>();
  #applied = 0;
  #rows: readonly { readonly row: unknown; readonly sortedBy: number }[] = [];

  constructor(path: string, records: readonly OfficeRecord[]) {
    this.#path = path;
    this.#changes = records
      .flatMap(({ id, versions }) => versions.map((version) => ({ ...version, id })))
      .sort((one, other) => one.from - other.from);
  }

  #update(now: number): void {
    const before = this.#applied;
    for (let next = this.#changes[before]; next && next.from <= now; next = this.#changes[++this.#applied]) {
      const { id, at, from, status } = next;
      // Tasks are sorted by id. A draft without a date stands between the others.
      const sortedBy = this.#path === 'tasks' ? id : (at ?? from);
      if (status === 'deleted') this.#current.delete(id);
      else this.#current.set(id, { ...officeResponses(this.#path, id, next), sortedBy });
    }
    if (this.#applied === before) return;
    this.#rows = [...this.#current.values()].sort((one, other) => other.sortedBy - one.sortedBy);
  }

  respond(url: URL, id: string | undefined, now: number): Reply {
    this.#update(now);
    const found = this.#current.get(Number(id));
    if (id !== undefined) return found ? { status: 200, data: found.detail } : { status: 404, data: {} };
    const from = Date.parse(url.searchParams.get('created_gte') ?? '');
    const listed = Number.isNaN(from) ? this.#rows : this.#rows.filter(({ sortedBy }) => sortedBy >= from);
    const page = Number(url.searchParams.get('page') ?? 1);
    const results = listed.slice((page - 1) * PAGE, page * PAGE).map(({ row }) => row);
    return { status: 200, data: { count: listed.length, next: listed.length > page * PAGE ? 'next' : null, results } };
  }
}

/** TutorCruncher. It writes times with the offset that London has at the moment of the response. */
export class SimulatedTutorCruncher {
  /** Requests by minute and by Zap. */
  readonly perMinute = new Map<number, number>();
  readonly perZap = new Map<string, number>();
  now = WEEK_START;
  /** All changes in the order in which they happen. */
  readonly #changes: readonly CurrentLesson[];
  #applied = 0;
  readonly #current = new Map<number, CurrentLesson>();
  readonly #office = new Map(Object.entries(OFFICE).map(([path, records]) => [path, new OfficeList(path, records)]));
  /** The lessons that exist, largest id first. */
  #list: readonly CurrentLesson[] = [];

  constructor(lessons: readonly SimulatedLesson[]) {
    const current = (id: number, version: Version): CurrentLesson => {
      const rows = { summer: rowOf(id, version, summerText), winter: rowOf(id, version, winterText) };
      return { id, version, rows };
    };
    this.#changes = lessons
      .flatMap(({ id, versions }) => versions.map((version) => current(id, version)))
      .sort((one, other) => one.version.from - other.version.from);
  }

  /** Applies the changes until now. */
  #update(): void {
    const before = this.#applied;
    for (let next = this.#changes[before]; next && next.version.from <= this.now; next = this.#changes[this.#applied]) {
      if (next.version.status === 'deleted') this.#current.delete(next.id);
      else this.#current.set(next.id, next);
      this.#applied++;
    }
    if (this.#applied > before) this.#list = [...this.#current.values()].sort((one, other) => other.id - one.id);
  }

  #row({ rows }: CurrentLesson): Row {
    return this.now >= CLOCKS_CHANGE ? rows.winter : rows.summer;
  }

  respond(url: URL, zap: string): Reply {
    const minute = Math.floor(this.now / MINUTE);
    this.perMinute.set(minute, (this.perMinute.get(minute) ?? 0) + 1);
    this.perZap.set(zap, (this.perZap.get(zap) ?? 0) + 1);
    if (this.now >= OUTAGE.from && this.now < OUTAGE.to) {
      throw Object.assign(new Error('connect ECONNREFUSED'), { name: 'FetchError' });
    }
    this.#update();
    const [, path = '', id] = /^\/api\/([a-z-]+)\/(?:(\d+)\/)?$/.exec(url.pathname) ?? [];
    const office = this.#office.get(path);
    const ofLessons = () => (id === undefined ? this.#page(url.searchParams) : this.#detail(Number(id)));
    const reply = office ? office.respond(url, id, this.now) : ofLessons();
    // The time that a response takes: changes happen between two requests of a poll.
    this.now += 600;
    return reply;
  }

  #detail(id: number): Reply {
    const found = this.#current.get(id);
    if (!found) return { status: 404, data: { detail: 'Not found.' } };
    const people = { rcras: [{ recipient: 5, recipient_name: 'Leo Raman', paying_client: 3 }], cjas: [] };
    return { status: 200, data: { ...this.#row(found), ...people } };
  }

  #page(search: URLSearchParams): Reply {
    const [from = NaN, to = NaN] = ['start_gte', 'start_lte'].map((name) => Date.parse(search.get(name) ?? ''));
    const [status, page] = [search.get('status'), Number(search.get('page') ?? 1)];
    const found: CurrentLesson[] = [];
    // A loop, because this is the most frequent operation of the simulation.
    for (const lesson of this.#list) {
      const { version } = lesson;
      if (version.start >= from && version.start <= to && (status === null || version.status === status)) {
        found.push(lesson);
      }
    }
    const results = found.slice((page - 1) * PAGE, page * PAGE);
    if (results.length === 0 && page > 1) return { status: 404, data: { detail: 'Invalid page.' } };
    const next = found.length > page * PAGE ? 'https://app.tutorcruncher.com/api/appointments/?page=2' : null;
    const rows = results.map((lesson) => this.#row(lesson));
    return { status: 200, data: { count: found.length, next, previous: null, results: rows } };
  }
}
