/** One run of a search or an action. It ends before Zapier would end it, because the outcome would then be unknown. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { branchFacts } from './api/branch.ts';
import { get, getPage, isNetworkError, send, unexpectedResponse, type Page, type Params } from './api/client.ts';

const RUN_MS = 28_000;
const READ_MS = 8_000;
/** Maximum duration of all reads before a write. */
const READS_BEFORE_WRITE_MS = 5_000;
const MIN_READ_MS = 300;

/** A run, which limits the time of its requests. */
export class Run {
  readonly z: ZObject;
  readonly bundle: Bundle;
  /** True for an action that repeats the search of Find or Create, because another run may have created the record since. */
  readonly repeatsSearch: boolean;
  readonly #start = Date.now();
  #readsEnd: number;

  private constructor(z: ZObject, bundle: Bundle, readsMs: number, repeatsSearch = false) {
    this.z = z;
    this.bundle = bundle;
    this.repeatsSearch = repeatsSearch;
    this.#readsEnd = this.#start + readsMs;
  }

  /** Starts a run that only reads. */
  static ofSearch = (z: ZObject, bundle: Bundle): Run => new Run(z, bundle, RUN_MS);

  /** Starts a run that reads, writes once, and may read the result. */
  static ofAction = (z: ZObject, bundle: Bundle, repeatsSearch = false): Run =>
    new Run(z, bundle, READS_BEFORE_WRITE_MS, repeatsSearch);

  get elapsed(): number {
    return Date.now() - this.#start;
  }

  /** Extends the time for reads to the end of the run. Returns false if there is too little time left for another read. */
  startReadsAfterWrite(): boolean {
    this.#readsEnd = this.#start + RUN_MS;
    return this.#readsEnd - Date.now() >= MIN_READ_MS;
  }

  /** Milliseconds that the next read may take. @throws {Error} if the time for reads is up */
  #readTimeout(): number {
    const left = this.#readsEnd - Date.now();
    if (left < MIN_READ_MS) {
      throw new this.z.errors.Error(
        'TutorCruncher responded too slowly, so this step stopped without changing anything. Try again in a few minutes.',
        'NetworkError',
      );
    }
    return Math.min(READ_MS, left);
  }

  /** Reads a path below `/api/`; null if it does not exist. @throws {Error} with a message for the Zap's owner */
  async read(path: string): Promise<JsonObject | null> {
    const options = { mayBeMissing: true, timeoutMs: this.#readTimeout() };
    const data = await get(this.z, this.bundle, path, {}, options);
    if (data !== null && !isJsonObject(data)) throw unexpectedResponse(this.z, 'record');
    return data;
  }

  /** Reads the branch's time zone; null if unknown. @throws {Error} rather than let the step write a wrong hour */
  async readBranchTimeZone(): Promise<string | null> {
    const { timezone } = await branchFacts(this.z, this.bundle, {
      timeoutMs: this.#readTimeout(),
      consequence:
        'This step reads the time zone of your branch, because it contains a date or time without an offset from UTC. ' +
        'Nothing was changed.',
    });
    return timezone;
  }

  /** Reads a page of a list; see {@link getPage}. */
  readPage(path: string, params: Params, page: number): Promise<Page> {
    return getPage(this.z, this.bundle, path, params, page, { timeoutMs: this.#readTimeout() });
  }

  /**
   * Reads the descriptions of the fields that a POST to a list accepts (`OPTIONS`), by name; null if they are unknown.
   * @param isDocumented - true if the list has one, so that a refusal is about the key or its permissions
   */
  async readMetadata(path: string, isDocumented = false): Promise<JsonObject | null> {
    const response = await send(this.z, this.bundle, {
      path,
      method: 'OPTIONS',
      timeoutMs: this.#readTimeout(),
      skipThrowForStatus: true,
      // An error response means that there is no description.
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
