/**
 * Test data of a list that polled triggers read: its rows and details, its filters and order, the history of its
 * records in a simulated branch, and the Zaps that poll the list, with the runs that follow from the histories. The
 * test data does not use the code of the app.
 */

import type { JsonObject } from '../../wire/json.ts';
import { once } from '../../src/once.ts';
import { minutesBetween, timesOf, type Condition, type History, type MinutesBetween, type Version } from './history.ts';
import { HOUR, type Interval } from './simulated-time.ts';

/** A Zap of the simulation, as defined in the file of the list. */
export interface ZapDefinition<V extends Version> {
  readonly trigger: string;
  /** The name of the Zap in the table of requests in `docs/performance.md`. */
  readonly title: string;
  /** The values of the trigger's fields; default: none. */
  readonly inputData?: Readonly<Record<string, string>>;
  readonly condition: Condition<V>;
  /** Maximum number of requests per hour that the Zap may send on the simulated day, with polls every minute. */
  readonly requestsPerHour: number;
  /** True if the notes contain more records than the Zap could read again if the notes were lost. */
  readonly keepsNotes?: boolean;
}

/** A Zap that is polled in a simulation. */
export interface SimulatedZap {
  readonly id: string;
  readonly trigger: string;
  readonly inputData: Readonly<Record<string, string>>;
  /** Returns the periods in which each id triggers. */
  readonly times: () => Map<string, Interval[]>;
}

/** A Zap that can be simulated without other Zaps, with its limits in such a simulation. */
export interface ListedZap extends SimulatedZap, Omit<ZapDefinition<Version>, 'condition' | 'inputData'> {}

/** The test data of a list, as defined in the file of the list. */
export interface ListDefinition<V extends Version> {
  /** Path of the list in TutorCruncher's API. */
  readonly path: string;
  /** Returns the records of the simulated branch. @param between - returns a random full minute between two moments */
  readonly histories: (between: MinutesBetween) => readonly History<V>[];
  /** The time by which TutorCruncher filters or sorts the list; null for a record without a time. */
  readonly timeOf: (version: V) => number | null;
  /** True if TutorCruncher sorts the list by id instead of by time. */
  readonly isSortedById?: boolean;
  /** Returns the fields of a row. @param timeText - formats a time with the offset of the season */
  readonly rowOf: (id: number, version: V, timeText: (moment: number) => string) => JsonObject;
  /** Returns the fields of details that rows lack or contain in a different form. Missing if rows have all fields. */
  readonly detailsOf?: (id: number, version: V) => JsonObject;
  /** Returns the values with which the parameters of a request are compared, except the parameters for the time. */
  readonly filtersOf?: (id: number, version: V) => Readonly<Record<string, string>>;
  /**
   * Functions, keyed by trigger, that return the fields of a record that is due now. Each index results in a different
   * record. The higher the index, the older the record.
   */
  readonly due: Readonly<Record<string, (index: number) => JsonObject>>;
  /**
   * Returns the fields that make the newest record in the stand-in's account due. Missing if the list in this account
   * contains records that are due.
   */
  readonly newest?: () => JsonObject;
  /** Other lists that the Zaps read. */
  readonly readsAlso?: readonly ListStates[];
  readonly zaps: readonly ZapDefinition<V>[];
}

/** The state of a record from the time `from`, as shown in the list. */
export interface RecordState {
  readonly id: number;
  readonly from: number;
  readonly isDeleted: boolean;
  /** The time by which the list can be filtered; NaN for a record without a time. */
  readonly time: number;
  readonly sortedBy: number;
  readonly filters: Readonly<Record<string, string>>;
  /**
   * Functions that return the row in summer and in winter time. Each function creates its row on the first call,
   * because many rows are needed in one season only, and caches the row, because thousands of polls list the same rows.
   */
  readonly rows: { readonly summer: () => JsonObject; readonly winter: () => JsonObject };
  readonly detailOf: (row: JsonObject) => JsonObject;
}

/** A list with all states of its records. */
export interface ListStates {
  readonly path: string;
  readonly states: () => readonly RecordState[];
}

/** The test data of a list. */
export interface PolledList extends Pick<ListDefinition<Version>, 'path' | 'due' | 'newest'> {
  /** True if rows have all fields of the records, so that polls read no details. */
  readonly hasFullRows: boolean;
  /** Returns all states of all records of the simulated branch. */
  readonly states: () => readonly RecordState[];
  /** Other lists that the Zaps read. */
  readonly readsAlso: readonly ListStates[];
  readonly zaps: readonly ListedZap[];
}

/** The client of all rows, in the short form. */
export const CLIENT: JsonObject = { id: 3, first_name: 'Priya', last_name: 'Raman' };

/** The value of the field `source`, which only details contain. */
export const FROM_DETAILS = 'from the details';

/** Returns the time some hours from now, without a fraction of a second. */
export const fromNow = (hours: number): string => `${new Date(Date.now() + hours * HOUR).toISOString().slice(0, 19)}Z`;

const winterText = (moment: number): string => new Date(moment).toISOString().replace('.000Z', 'Z');
const summerText = (moment: number): string => new Date(moment + HOUR).toISOString().replace('.000Z', '+01:00');

function stateOf<V extends Version>(definition: ListDefinition<V>, id: number, version: V): RecordState {
  const { timeOf, isSortedById, rowOf, detailsOf, filtersOf } = definition;
  const time = timeOf(version);
  const details = detailsOf && { ...detailsOf(id, version), source: FROM_DETAILS };
  return {
    id,
    from: version.from,
    isDeleted: version.status === 'deleted',
    time: time ?? NaN,
    // A record without a time is sorted by the start time of the record's state.
    sortedBy: isSortedById ? id : (time ?? version.from),
    filters: filtersOf?.(id, version) ?? {},
    rows: {
      summer: once(() => rowOf(id, version, summerText)),
      winter: once(() => rowOf(id, version, winterText)),
    },
    detailOf: (row) => ({ ...row, ...details }),
  };
}

/** Returns all states of a list's records from the histories of the records. */
export const statesOf = <V extends Version>(
  definition: ListDefinition<V>,
  histories: readonly History<V>[],
): RecordState[] =>
  histories.flatMap(({ id, versions }) => versions.map((version) => stateOf(definition, id, version)));

/** Defines the test data of a list. */
export function polledList<V extends Version>(definition: ListDefinition<V>): PolledList {
  const { path, due, newest, detailsOf, histories, readsAlso = [], zaps } = definition;
  const branch = once(() => histories(minutesBetween(path)));
  return {
    path,
    due,
    ...(newest && { newest }),
    hasFullRows: detailsOf === undefined,
    states: once(() => statesOf(definition, branch())),
    readsAlso,
    zaps: zaps.map(({ condition, inputData = {}, ...zap }, index) => ({
      ...zap,
      id: `${path}-${index + 1}`,
      inputData,
      times: () => timesOf(branch(), condition),
    })),
  };
}
