/**
 * Sends requests to TutorCruncher and to a relay at a limited rate. The reader collects the contents of the responses,
 * so that the report can be compared with them.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import type { Params } from '../src/api/client.ts';
import { isJsonObject, isScalar, type JsonObject } from '../wire/json.ts';
import { isRefusal, reasonToStop } from './refusal.ts';
import { sendRead, type AllowedOrigins, type Answer, type ReadRequest } from './send-read.ts';

/** Thrown if the check cannot be finished. The message contains the reason and advice. */
export class Unfinished extends Error {}

/**
 * Maximum numbers of requests: per minute, and in total. TutorCruncher accepts 100 requests per minute for a branch.
 */
const MAX_PER_MINUTE = 40;
export const MAX_REQUESTS = 240;

const MINUTE_MS = 60_000;

/** Settings of a {@link Reader}. */
export interface ReaderOptions extends AllowedOrigins {
  readonly privateKey: string;
  /** Resolves after a number of milliseconds, or immediately in tests. */
  readonly pause: (ms: number) => Promise<unknown>;
  /** Shows how many requests have been sent. */
  readonly showProgress: (requests: number) => void;
  /** Sends each request; default: the function `fetch` of Node.js. */
  readonly fetch?: typeof globalThis.fetch;
}

/** A page of a list. */
export interface ListPage {
  readonly status: number;
  readonly rows: readonly JsonObject[];
  /** Null if the response has no count. */
  readonly count: number | null;
  readonly next: unknown;
  /** True for an object with a count, the links to other pages, and the rows. */
  readonly isEnvelope: boolean;
}

const NO_PAUSE = (): Promise<void> => Promise.resolve();
const sleeping = (ms: number): Promise<void> => sleep(ms);

/**
 * Returns the function that pauses between requests to an origin. Only requests to stand-ins on this machine can skip
 * the pauses.
 */
export function pauseFor(origin: string, isUnpaced: boolean): ReaderOptions['pause'] {
  const isLocal = ['127.0.0.1', 'localhost'].includes(new URL(origin).hostname);
  return isUnpaced && isLocal ? NO_PAUSE : sleeping;
}

/** Returns true for the errors of `fetch` that mean that no complete response has arrived. */
const isNoResponse = (error: unknown): boolean =>
  isJsonObject(error) && ['TypeError', 'TimeoutError', 'AbortError'].includes(String(error.name));

/** Sends the requests of a check. */
export class Reader {
  /** Every string, number and field name in the responses. */
  readonly values = new Set<string>();
  /** The names of the response headers, in lower case. */
  readonly headerNames = new Set<string>();
  /** The first response that refuses the private key; null if there is none. */
  refusal: Answer | null = null;
  readonly #options: ReaderOptions;
  #requests = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.values.add(options.privateKey);
  }

  get origin(): string {
    return this.#options.tutorCruncher;
  }

  get requests(): number {
    return this.#requests;
  }

  /**
   * Waits until the rate limit permits a request, and then sends the request.
   *
   * @throws {Unfinished} after too many requests, or if there is no response
   */
  async send(request: ReadRequest): Promise<Answer> {
    const { pause, showProgress, fetch } = this.#options;
    if (this.#requests >= MAX_REQUESTS) {
      throw new Unfinished(
        `The check has sent ${MAX_REQUESTS} requests, which is its limit. Send the report as it is.`,
      );
    }
    if (this.#requests > 0) await pause(MINUTE_MS / MAX_PER_MINUTE);
    this.#requests++;
    showProgress(this.#requests);
    const answer = await sendRead(request, this.#options, fetch).catch((error: unknown) => {
      if (!isNoResponse(error)) throw error;
      // Omit the message of the error, because it can contain the URL.
      throw new Unfinished(
        `There is no response from ${new URL(request.url).host}. Check the network, and run the check again.`,
      );
    });
    this.collect(answer.data);
    for (const name of answer.headers.keys()) this.headerNames.add(name);
    return answer;
  }

  /** Adds the contents of a value to the collected values. */
  collect(value: unknown): void {
    if (Array.isArray(value)) for (const item of value as unknown[]) this.collect(item);
    else if (isJsonObject(value)) {
      for (const [name, member] of Object.entries(value)) {
        this.values.add(name);
        this.collect(member);
      }
    } else if (isScalar(value)) this.values.add(String(value));
  }

  async #request(method: string, path: string, privateKey: string): Promise<Answer> {
    const headers = { Authorization: `token ${privateKey}` };
    return this.send({ method, url: `${this.origin}/api/${path}`, headers });
  }

  /**
   * Reads a path below `/api/`, with a different key or without the trailing slash. Returns the response even if it is
   * an error response.
   */
  readonly probe = (path: string, privateKey = this.#options.privateKey): Promise<Answer> =>
    this.#request('GET', path, privateKey);

  async #read(method: string, path: string): Promise<Answer> {
    const answer = await this.#request(method, path, this.#options.privateKey);
    if (isRefusal(answer)) this.refusal ??= answer;
    const reason = reasonToStop(answer);
    if (reason !== null) throw new Unfinished(reason);
    return answer;
  }

  /** Reads a path below `/api/`. @throws {Unfinished} if the check cannot continue */
  readonly get = (path: string): Promise<Answer> => this.#read('GET', path);

  /** Reads the description of a path below `/api/`. @throws {Unfinished} if the check cannot continue */
  readonly options = (path: string): Promise<Answer> => this.#read('OPTIONS', path);

  /** Reads a page of a list. @throws {Unfinished} if the check cannot continue */
  async list(path: string, params: Params = {}): Promise<ListPage> {
    const search = new URLSearchParams(
      Object.entries(params).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const { status, data } = await this.get(`${path}/${search.size === 0 ? '' : `?${search.toString()}`}`);
    const { count, next, previous, results }: JsonObject = isJsonObject(data) ? data : {};
    const isLink = (link: unknown): boolean => link === null || typeof link === 'string';
    return {
      status,
      rows: Array.isArray(results) ? results.filter(isJsonObject) : [],
      count: typeof count === 'number' ? count : null,
      next,
      isEnvelope: typeof count === 'number' && isLink(next) && isLink(previous) && Array.isArray(results),
    };
  }
}
