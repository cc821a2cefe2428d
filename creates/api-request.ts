/**
 * The action that sends any request to TutorCruncher's API. A path contains only safe characters
 * (`src/inputs/api-path.ts`). Requests about payments, and requests that delete or cancel something, are refused
 * (`src/action/forbidden-requests.ts`).
 */

import type { HttpResponse } from 'zapier-platform-core';

import { isJsonObject, parseWithLongIntegers, type JsonObject } from '../wire/json.ts';
import { OutcomeMarker, writeOnce, type OutcomeTexts } from '../src/action/unknown-outcome.ts';
import { isCertainRefusal, isRefusalOfValues } from '../src/action/refusal.ts';
import { errorFor, isSuccess, sendOnce, withEscapedBraces } from '../src/action/write.ts';
import { action } from '../src/action/action.ts';
import { METHODS, namesIn, refuseForbidden, type Method, type RawRequest } from '../src/action/forbidden-requests.ts';
import { apiPathInput } from '../src/inputs/api-path.ts';
import { isEmpty } from '../src/inputs/empty-values.ts';
import { jsonTextInput } from '../src/inputs/json-text.ts';
import { booleanInput } from '../src/inputs/yes-or-no.ts';
import { InputValues, InvalidValue, makeInput, textIn, wordIn, type ActionInput } from '../src/inputs/input.ts';
import { unwrapped } from '../src/object/object-record.ts';
import type { StepRun } from '../src/api/step-run.ts';
import { branchFields, type RecordBranch } from '../src/record/branch-fields.ts';
import { outputFieldsOf, type OutputField } from '../src/record/output-fields.ts';
import { SAMPLE_BRANCH } from '../src/object/samples.ts';
import { localeIn } from '../src/inputs/run-time-zone.ts';

const KEY = 'api_request';
/** The input for the method. Letter case does not matter. */
const METHOD: ActionInput<Method> = makeInput(
  'method',
  {
    becomes: null,
    required: true,
    helpText: 'GET reads, POST creates or changes, and PUT changes.',
  },
  { choices: Object.fromEntries(METHODS.map((method) => [method, method])) },
  (value) => {
    const wanted = wordIn(value).toUpperCase();
    const method = METHODS.find((candidate) => candidate === wanted);
    if (method !== undefined) return method;
    throw new InvalidValue(`must contain one of these: ${METHODS.join(', ')}.`);
  },
);
const PATH = apiPathInput('path', {
  becomes: null,
  required: true,
  helpText:
    "The part of the address after `/api/`, such as `clients/123/`. TutorCruncher's API documentation lists all paths.",
});
/** The input for the query. Empty values are dropped. */
const QUERY: ActionInput<Record<string, string>> = makeInput(
  'query',
  {
    becomes: null,
    ifMappedEmpty: 'fail',
    helpText:
      'Filters for a list, as names and values: for example, the name `status` with the value `live`, or `page` with `2`.',
  },
  { dict: true },
  (value) => {
    if (!isJsonObject(value)) throw new InvalidValue('must contain names with values.');
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, entry]) => !isEmpty(entry))
        .map(([name, entry]) => [name, textIn(entry)]),
    );
  },
);
const BODY = jsonTextInput('body', {
  becomes: null,
  ifMappedEmpty: 'fail',
  helpText: 'The data for POST or PUT as JSON, such as `{"last_name": "Raman"}`. It is sent exactly as typed.',
});
const STOP_ON_ERROR = booleanInput('stop_on_error', {
  label: 'Stop on Error',
  becomes: null,
  ifMappedEmpty: 'omit',
  helpText:
    'Whether the Zap stops if TutorCruncher refuses the request. If false, the Zap continues with Status and Body of the ' +
    'refusal. Leave empty for true.',
});
const inputs = [METHOD, PATH, QUERY, BODY, STOP_ON_ERROR];

const UNKNOWN_OUTCOME: OutcomeTexts = {
  advice: 'TutorCruncher may still have carried out the request. Look at the record in TutorCruncher.',
  replay: 'sends the request again',
};
const UNKNOWN_RESPONSE: OutcomeTexts = { advice: 'A GET request changes nothing, so replaying this run does no harm.' };

// A function computes the fields, because they are not needed when the app is imported.
const outputFields = (): OutputField[] => [
  { key: 'id', label: 'Record ID', type: 'number' },
  { key: 'status', label: 'Status', type: 'number' },
  { key: 'body', label: 'Body', type: 'string' },
  ...outputFieldsOf(branchFields(SAMPLE_BRANCH)),
];

/**
 * Maximum size of a response in bytes. The record contains the response twice, and Zapier accepts at most 6 MB from a
 * step.
 */
const MAX_RESPONSE_BYTES = 2_000_000;

/** Creates the record that the step returns. Only `response` is nested, so that users can map each of its fields. */
function answerOf(status: number, content: string | null, branch: RecordBranch): JsonObject {
  const response = content === null ? null : parseWithLongIntegers(content);
  const { id = null } = isJsonObject(response) ? unwrapped(response) : {};
  return {
    id: typeof id === 'number' || typeof id === 'string' ? id : null,
    status,
    body: content,
    ...branchFields(branch),
    response,
  };
}

/** Returns the JSON text of a response; null if the response is empty or is not JSON. */
const jsonOf = ({ data, content }: HttpResponse<unknown>): string | null => (data === undefined ? null : content);

/**
 * Returns the request of a step.
 *
 * @throws {Error} with a message for the Zap's owner, if the step must not send the request
 */
function requestOf(run: StepRun, values: InputValues): RawRequest {
  const request = {
    method: values.required(METHOD),
    path: values.required(PATH),
    query: values.of(QUERY) ?? {},
    body: values.of(BODY),
  };
  if (request.method === 'GET' && request.body !== null) {
    throw run.refusal(
      'A GET request has no body. Leave "Body" empty, or choose POST or PUT as "Method". To filter a list, use "Query". ' +
        'Nothing was sent.',
    );
  }
  refuseForbidden(run, request);
  return request;
}

/** Returns the error for a response that stops the Zap. */
function failureOf(run: StepRun, response: HttpResponse<unknown>, request: RawRequest): Error {
  const { status } = response;
  if (status === 405) {
    return run.refusal(
      `TutorCruncher's API does not allow ${request.method} for this path (HTTP status 405), so nothing was changed. Choose another ` +
        '"Method" if the API documentation lists one for this path. Otherwise, do this on the page of the record in TutorCruncher.',
    );
  }
  if (!isRefusalOfValues(status) && isCertainRefusal(status)) {
    return run.refusal(
      `TutorCruncher refused the request (HTTP status ${status}), so nothing was changed. Correct "Method" and "Path" in this ` +
        'step, or check the step that provides the ID.',
    );
  }
  const names = [...namesIn(request.body ?? '').map(([name]) => name), ...Object.keys(request.query)];
  const labels = new Map(names.filter((name) => /^[a-z][a-z_]{0,40}$/.test(name)).map((name) => [name, name]));
  return errorFor(run, response, { labels });
}

export const apiRequest = action({
  key: KEY,
  label: 'API Request',
  noun: 'Request',
  description:
    "Sends a request to TutorCruncher's API, for changes that no other step makes. It can change most things in your account, prices and " +
    'invoices included, and TutorCruncher may email people about it. It sends no requests that take, record or refund a payment, ' +
    'change a balance, or delete or cancel anything, and TutorCruncher documents none that create a task, send an email or add ' +
    'a note: do not try them, but do this in TutorCruncher, on the page of the client or record.',
  inputs,
  perform: async (run) => {
    const values = await InputValues.read(inputs, run);
    const request = requestOf(run, values);
    const { method, path, query: params, body } = request;
    const { branch } = await localeIn(run);
    const stops = values.of(STOP_ON_ERROR) ?? true;
    const reads = method === 'GET';
    const sendRequest = async () => {
      const response = await sendOnce(run, {
        method,
        path,
        params,
        ...(!reads && { body: withEscapedBraces(body ?? '{}') }),
        size: MAX_RESPONSE_BYTES,
        middlewareData: { givesEveryStatus: !stops },
      });
      const isUsable = isSuccess(response) && (jsonOf(response) !== null || response.content.trim() === '');
      if (stops && !isUsable) throw failureOf(run, response, request);
      return response;
    };
    const response = reads
      ? await writeOnce(run, UNKNOWN_RESPONSE, null, sendRequest)
      : await writeOnce(run, UNKNOWN_OUTCOME, new OutcomeMarker(run, KEY), sendRequest);
    return answerOf(response.status, jsonOf(response), branch);
  },
  sample: () => answerOf(200, '{"id": 301, "first_name": "Priya", "last_name": "Raman"}', SAMPLE_BRANCH),
  ownFields: () => [...outputFields(), { key: 'response', label: 'Response', type: 'object' }],
  outputFields: [() => Promise.resolve(outputFields())],
});
