/** Checks of stand-ins whose behaviour differs from the assumptions. */

import { checkStandIn, STAND_IN_KEY } from './stand-in.ts';
import type { CheckResult } from '../../account-check/check-account.ts';
import type { Verdict } from '../../account-check/findings.ts';
import type { Behaviour } from '../../local/api/behaviour.ts';
import { startTutorCruncher, type TutorCruncher } from '../../local/api/tutorcruncher.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';

/** Options of a reader that asks a stand-in without pauses, and shows no progress. */
export const READER_OPTIONS = {
  relay: null,
  privateKey: STAND_IN_KEY,
  pause: () => Promise.resolve(),
  showProgress: () => undefined,
};

/** Changes the behaviour of a stand-in. */
export type Change = (behaviour: Behaviour) => void;

/** Runs a function with a stand-in, and stops the stand-in. */
export async function withStandIn<T>(use: (tutorCruncher: TutorCruncher) => Promise<T>): Promise<T> {
  const tutorCruncher = await startTutorCruncher(STAND_IN_KEY);
  try {
    return await use(tutorCruncher);
  } finally {
    await tutorCruncher.stop();
  }
}

/** Returns a replacement for `fetch` that calls a stand-in directly, which takes less time than a connection. */
export const fetchFrom =
  ({ responseTo }: TutorCruncher): typeof fetch =>
  async (input, { method = 'GET', headers } = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const authorization = new Headers(headers).get('authorization') ?? undefined;
    const response = await responseTo({ method, url, authorization, body: '' });
    if (!response) throw new TypeError('The connection was reset.');
    const [status, body, responseHeaders] = response;
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers: responseHeaders });
  };

/**
 * Checks a stand-in with a changed behaviour, without connections. `check-account.test.ts` checks a stand-in over HTTP.
 */
export const checkChanged = (change: Change): Promise<CheckResult> =>
  withStandIn((tutorCruncher) => {
    change(tutorCruncher.behaviour);
    return checkStandIn(tutorCruncher, [], fetchFrom(tutorCruncher));
  });

/** Returns the names of the assumptions with a verdict. */
export const namesWith = ({ findings }: Pick<CheckResult, 'findings'>, wanted: Verdict): string[] =>
  findings.filter(({ verdict }) => verdict === wanted).map(({ name }) => name);

/** Returns a change to the JSON of successful responses to requests whose method and path match. */
export const changedBody =
  (request: RegExp, change: (body: JsonObject) => unknown): Change =>
  (behaviour) => {
    behaviour.alter = ({ method, path }, response) => {
      const [status, body, headers = {}] = response;
      const isMatch = status === 200 && request.test(`${method} ${path}`) && isJsonObject(body);
      return isMatch ? [status, change(body), headers] : response;
    };
  };

/** Returns a change to the rows of a list. */
export const changedRows = (path: string, change: (row: JsonObject, index: number) => JsonObject): Change =>
  changedBody(new RegExp(`^GET /api/${path}/(?:\\?|$)`), ({ results, ...page }) => ({
    ...page,
    results: (results as JsonObject[]).map(change),
  }));

/** Returns a change to the details of the records in a list. */
export const changedDetails = (path: string, change: (record: JsonObject) => JsonObject): Change =>
  changedBody(new RegExp(`^GET /api/${path}/\\d+/$`), change);

/** Returns a record without a field. */
export const without = (record: JsonObject, field: string): JsonObject =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== field));

/** Returns a change that replaces the descriptions of fields in the response to OPTIONS for a list. */
export const described = (path: string, fields: JsonObject): Change =>
  changedBody(new RegExp(`^OPTIONS /api/${path}/$`), (body) => ({ ...body, actions: { POST: fields } }));

/** Returns the description of a field with choices. */
export const choices = (...entries: (readonly [value: string | number, name: string])[]) => ({
  choices: entries.map(([value, display_name]) => ({ value, display_name })),
});

/** Returns a change that makes a list ignore one filter. */
export const ignored =
  (filter: string): Change =>
  (behaviour) => {
    behaviour.ignoredFilters = [filter];
  };

/** Returns a change that replaces the response to a request. */
export const replaced =
  (request: string, status: number, body: unknown = {}): Change =>
  (behaviour) => {
    behaviour.intercept = ({ method, path }) => (`${method} ${path}` === request ? [status, body] : null);
  };
