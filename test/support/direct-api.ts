/**
 * Searches without core and without HTTP, for tests with many records. The stand-in for TutorCruncher responds to the
 * requests of a search in the same process.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { Behaviour, type ApiResponse } from '../../local/api/behaviour.ts';
import { respond } from '../../local/api/routes.ts';
import { createAccount } from '../../local/api/initial-records.ts';
import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { objectSearches } from '../../searches/index.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { Search } from '../../src/search/search.ts';
import type { JsonObject } from '../../wire/json.ts';

/** An account in memory, in which a test can run searches. */
export class DirectApi {
  readonly account = createAccount();
  readonly behaviour = new Behaviour();
  /** The paths and queries of the requests so far, without the requests for the branch. */
  readonly requests: string[] = [];
  /** Zapier's cache, which keeps entries and supports `nx`. */
  readonly cached = new Map<string, unknown>();
  /** The time zone of the branch. */
  timezone = 'Europe/London';
  /** Called before each request. Returns a response to send instead of the account's, or null. */
  before: (path: string) => ApiResponse | null = () => null;

  readonly #z = {
    ...directZ,
    request: ({ url }: { readonly url: string }) => Promise.resolve(this.#respond(new URL(url))),
    cache: {
      get: (key: string) => Promise.resolve(this.cached.get(key) ?? null),
      set: (key: string, value: unknown, _ttl?: number, _scope?: unknown, nx = false) => {
        if (nx && this.cached.has(key)) return Promise.resolve(false);
        this.cached.set(key, value);
        return Promise.resolve(true);
      },
    },
  } as unknown as ZObject;

  #respond(url: URL): { readonly status: number; readonly data: unknown } {
    const path = url.pathname.replace('/api/', '') + decodeURIComponent(url.search);
    if (path === 'branch/') return { status: 200, data: { id: 4021, timezone: this.timezone, currency: 'GBP' } };
    this.requests.push(path);
    const [status, data] = this.before(path) ?? this.answerOf(path);
    // Core throws this error after status 429.
    if (status === 429) throw new directZ.errors.ThrottledError('Too many requests.');
    return { status, data };
  }

  /** Returns the account's response to a request. @param path - the path and the query below `/api/` */
  answerOf(path: string): ApiResponse {
    const { account, behaviour } = this;
    const announce = (): void => undefined;
    const url = new URL(`https://app.tutorcruncher.com/api/${path}`);
    return respond({ method: 'GET', url, account, behaviour, body: {}, announce });
  }

  /** Replaces a list. @param fieldsAt - returns fields of the record at a position, which starts at 0 */
  fill(path: string, count: number, fieldsAt: (index: number) => JsonObject): void {
    const [record = { id: 0 }] = this.account.list(path);
    const records = Array.from({ length: count }, (_, index) => {
      const id = 50_000 - index;
      return { ...record, id, url: `https://app.tutorcruncher.com/api/${path}/${id}/`, ...fieldsAt(index) };
    });
    this.account.addList(path, records);
  }

  /** Returns the results of a search. */
  async find(key: string, inputData: JsonObject): Promise<FlatRecord[]> {
    const search = objectSearches.find(({ definition }) => definition.key === key);
    if (!search) throw new Error(`There is no search "${key}".`);
    return this.run(search, inputData);
  }

  /** Returns the results of a search. The app does not have to contain the search. */
  async run({ definition }: Search, inputData: JsonObject): Promise<FlatRecord[]> {
    const bundle = { authData: { private_key: PRIVATE_KEY }, inputData, meta: {} } as unknown as Bundle;
    return definition.operation.perform(this.#z, bundle);
  }

  /** Returns the paths of requests, without the checks of filters, which a connection makes once a day. */
  get usualRequests(): string[] {
    return this.requests.filter((path) => !/2147483647|no-such-status|2999-01-01|1970-01-01|McMurdo/.test(path));
  }
}

/** Returns the text about all matches in a result of a search. */
export const textOf = (result: FlatRecord | undefined): string =>
  typeof result?.matches_as_text === 'string' ? result.matches_as_text : '';
