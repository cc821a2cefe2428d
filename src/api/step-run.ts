/**
 * A run of a step. The run ends before Zapier's own time limit, after which the outcome of a write would be unknown.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { branchFacts } from './branch.ts';
import {
  get,
  getPage,
  isNetworkError,
  send,
  unexpectedResponse,
  type GetOptions,
  type Page,
  type Params,
} from './client.ts';

/** Time limit of a run, in milliseconds. Zapier ends a step after 30 seconds. */
const RUN_MS = 28_000;
/** Time limit of all reads of an instant trigger, including retries, in milliseconds. */
const INSTANT_READS_MS = 20_000;
/** Time limit of all reads of a poll, including retries, in milliseconds. */
const POLL_READS_MS = 20_000;
/** Time limit of all reads before a write, in milliseconds. This limit leaves 18 seconds for the write. */
const READS_BEFORE_WRITE_MS = 8_000;
/**
 * Time limit of a call to Zapier's cache for the marker of an unknown outcome, in milliseconds. A run that writes
 * reserves this time for the marker.
 */
export const MARKER_MS = 2_000;
/** Time limit of a read that computes a step's fields in the editor, in milliseconds. The user waits for the read. */
const EDITOR_READ_MS = 8_000;
const MIN_READ_MS = 300;

/** The limits of a run. */
interface Limits {
  /** Time limit of all reads together, in milliseconds. */
  readonly readsMs: number;
  /**
   * Time limit of a single read, in milliseconds; default: the rest of `readsMs`. In a busy hour, a read can take 30
   * seconds.
   */
  readonly readMs?: number;
  readonly repeatsSearch?: boolean;
  readonly isInstant?: boolean;
}

/** A run of a step, which limits the time of its requests. */
export class StepRun {
  readonly z: ZObject;
  readonly bundle: Bundle;
  /**
   * True for an action that repeats the search of Find or Create, because another run might have created the record
   * since the first search.
   */
  readonly repeatsSearch: boolean;
  /** True for a live event, which Zapier delivers only once. */
  readonly isInstant: boolean;
  readonly #start = Date.now();
  readonly #readMs: number;
  #readsEnd: number;

  private constructor(z: ZObject, bundle: Bundle, limits: Limits) {
    const { readsMs, readMs = RUN_MS, repeatsSearch = false, isInstant = false } = limits;
    this.z = z;
    this.bundle = bundle;
    this.repeatsSearch = repeatsSearch;
    this.isInstant = isInstant;
    this.#readMs = readMs;
    this.#readsEnd = this.#start + readsMs;
  }

  /** Starts a run of a search, which only reads. */
  static ofSearch = (z: ZObject, bundle: Bundle): StepRun => new StepRun(z, bundle, { readsMs: RUN_MS });

  /** Starts a run of a poll. The poll saves its notes when all reads have ended. */
  static ofPoll = (z: ZObject, bundle: Bundle): StepRun => new StepRun(z, bundle, { readsMs: POLL_READS_MS });

  /** Starts a run of an instant trigger, which can read more about an event. */
  static ofEvent = (z: ZObject, bundle: Bundle): StepRun =>
    new StepRun(z, bundle, { readsMs: INSTANT_READS_MS, isInstant: true });

  /** Starts a run that reads the fields of a step for the editor. */
  static ofEditor = (z: ZObject, bundle: Bundle): StepRun =>
    new StepRun(z, bundle, { readsMs: RUN_MS, readMs: EDITOR_READ_MS });

  /** Starts a run that reads, writes once, and can read the result. */
  static ofAction = (z: ZObject, bundle: Bundle, repeatsSearch = false): StepRun =>
    new StepRun(z, bundle, { readsMs: READS_BEFORE_WRITE_MS, repeatsSearch });

  get elapsed(): number {
    return Date.now() - this.#start;
  }

  /** Milliseconds that are left for a write. The rest of the run is reserved for marking the outcome as unknown. */
  get leftForWrite(): number {
    return RUN_MS - MARKER_MS - this.elapsed;
  }

  /** Milliseconds that are left for reads; zero or negative if the time for reads is up. */
  get leftForReads(): number {
    return this.#readsEnd - Date.now();
  }

  /** Extends the time for reads to the end of the run. Returns false if too little time is left for another read. */
  startReadsAfterWrite(): boolean {
    this.#readsEnd = this.#start + RUN_MS;
    return this.leftForReads >= MIN_READ_MS;
  }

  /** Returns true if enough time is left for another read after a pause. */
  canReadAfter = (pauseMs: number): boolean => this.leftForReads - pauseMs >= MIN_READ_MS;

  /** Milliseconds that the next read can take. @throws {Error} if the time for reads is up */
  #readTimeout(): number {
    const left = this.leftForReads;
    if (left < MIN_READ_MS) {
      throw new this.z.errors.Error(
        'TutorCruncher responded too slowly, so this step stopped without changing anything. Try again in a few minutes.',
        'NetworkError',
      );
    }
    return Math.min(this.#readMs, left);
  }

  /**
   * Reads a path below `/api/`; null if TutorCruncher responds that nothing exists there.
   *
   * @param consequence - sentences about the consequences of a failure, which follow the advice in the error message
   * @throws {Error} with a message for the Zap's owner, if the request fails
   */
  async read(path: string, consequence?: string): Promise<JsonObject | null> {
    const timeoutMs = this.#readTimeout();
    const options = { mayBeMissing: true, timeoutMs, ...(consequence !== undefined && { consequence }) };
    const data = await get(this.z, this.bundle, path, {}, options);
    if (data !== null && !isJsonObject(data)) throw unexpectedResponse(this.z, 'record');
    return data;
  }

  /**
   * Reads the branch's time zone; null if the branch has no time zone.
   *
   * @throws {Error} if the branch cannot be read, because the step could otherwise write the wrong time
   */
  async readBranchTimeZone(): Promise<string | null> {
    const { timezone } = await branchFacts(this.z, this.bundle, {
      timeoutMs: this.#readTimeout(),
      consequence:
        'This step reads the time zone of your branch, on which a date or a time in it depends. ' +
        'Nothing was changed.',
    });
    return timezone;
  }

  /** Reads a page of a list; see {@link getPage}. */
  readPage(path: string, params: Params, page: number, options: GetOptions = {}): Promise<Page> {
    return getPage(this.z, this.bundle, path, params, page, { ...options, timeoutMs: this.#readTimeout() });
  }

  /**
   * Reads the descriptions of the fields that a POST to a list accepts (`OPTIONS`), by name; null if the descriptions
   * are unknown.
   *
   * @param isDocumented - true if TutorCruncher documents `OPTIONS` for the list, so that a refusal must be caused by
   *   the key
   */
  async readMetadata(path: string, isDocumented = false): Promise<JsonObject | null> {
    const response = await send(this.z, this.bundle, {
      path,
      method: 'OPTIONS',
      timeoutMs: this.#readTimeout(),
      skipThrowForStatus: true,
      // An error response means that TutorCruncher has no description for the list.
      middlewareData: isDocumented ? { isWrite: true } : { givesEveryStatus: true },
    }).catch((error: unknown) => {
      if (isNetworkError(error)) return null;
      throw error;
    });
    if (response === null || response.status >= 300 || !isJsonObject(response.data)) return null;
    const { actions } = response.data;
    return isJsonObject(actions) && isJsonObject(actions.POST) ? actions.POST : {};
  }

  refusal(message: string): Error {
    return new this.z.errors.Error(message, 'InvalidInput');
  }
}
