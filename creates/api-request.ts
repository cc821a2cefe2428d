/**
 * The action that sends any request to TutorCruncher's API. A path may contain only safe characters
 * (`src/inputs/api-request.ts`), so that it cannot lead to another host or path. Requests that take, record or refund a
 * payment, or let TutorCruncher take a payment, are refused, because Zapier does not allow apps to process payments,
 * and a repeated run would repeat a payment. The comparisons ignore letter case and punctuation.
 */

import type { HttpResponse } from 'zapier-platform-core';

import { isJsonObject, parseWithLongIntegers, type JsonObject } from '../wire/json.ts';
import { OutcomeMarker, writeOnce, type OutcomeTexts } from '../src/action/unknown-outcome.ts';
import { isCertainRefusal, isRefusalOfValues } from '../src/action/refusal.ts';
import { errorFor, isSuccess, sendOnce, withEscapedBraces } from '../src/action/write.ts';
import { action } from '../src/action/action.ts';
import { apiPathInput, dictionaryInput, jsonTextInput, methodInput, type Method } from '../src/inputs/api-request.ts';
import { booleanInput } from '../src/inputs/scalar.ts';
import { InputValues } from '../src/inputs/input.ts';
import { unwrapped } from '../src/object/object-record.ts';
import type { StepRun } from '../src/api/step-run.ts';
import { branchFields, type RecordBranch } from '../src/record/branch-fields.ts';
import { outputFieldsOf, type OutputField } from '../src/record/output-fields.ts';
import { SAMPLE_BRANCH } from '../src/object/samples.ts';
import { localeIn } from '../src/inputs/run-time-zone.ts';

const KEY = 'api_request';
const METHOD = methodInput('method', {
  becomes: null,
  required: true,
  helpText: 'GET reads, POST creates or changes, and PUT changes.',
});
const PATH = apiPathInput('path', {
  becomes: null,
  required: true,
  helpText:
    "The part of the address after `/api/`, such as `clients/123/`. TutorCruncher's API documentation lists all paths.",
});
const QUERY = dictionaryInput('query', {
  becomes: null,
  ifMappedEmpty: 'fail',
  helpText:
    'Filters for a list, as names and values: for example, the name `status` with the value `live`, or `page` with `2`.',
});
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

// A function, because the output fields are not needed when the app is imported.
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

/** Makes the record that the step returns. Only `response` is nested, which lets users map each of its fields. */
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

/** The values of `raise_behaviour` that do not charge the client's card or credit (TutorCruncher's API docs). */
const UNPAID_BEHAVIOURS = ['dont-raise', 'raise-no-autopayment', 'raise-and-send-no-autopayment'];

/** The `auto_charge` of a client that prevents charges to the client's card. With 0, the branch's setting applies. */
const NO_AUTO_CHARGE = '20';

/** A request to TutorCruncher's API. */
interface RawRequest {
  readonly method: Method;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** JSON text of the body; null if there is none. */
  readonly body: string | null;
}

const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');

/** Matches the strings in a JSON text. The match for a name includes the start of its value. */
const STRINGS = /("[^"\\]*(?:\\.[^"\\]*)*")(?:\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*"|[^",\]}\s]+))?/g;

/**
 * Returns all names in a JSON text including duplicates, with their values as text. The value of a list or object is
 * its first character.
 */
const namesIn = (json: string): [name: string, value: string][] =>
  [...json.matchAll(STRINGS)].flatMap(([, name = '', value]): [string, string][] =>
    value === undefined ? [] : [[String(JSON.parse(name)), value.startsWith('"') ? String(JSON.parse(value)) : value]],
  );

/** Returns true if an entry of a body or a query may start a payment. `send_pfi` is an older `raise_behaviour`. */
function startsPayment([name, value]: readonly [string, string]): boolean {
  if (plain(name) === 'sendpfi') return true;
  if (plain(name) === 'autocharge') return value !== NO_AUTO_CHARGE;
  return /^raisebehaviou?r$/.test(plain(name)) && !UNPAID_BEHAVIOURS.includes(value);
}

/** Returns the segments of a path without punctuation. */
const segmentsOf = (path: string): string[] => path.split('/').map(plain);

/** Returns the names in the query and the body of a request, with their values. */
const entriesIn = ({ query, body }: RawRequest): (readonly [name: string, value: string])[] => [
  ...Object.entries(query),
  ...namesIn(body ?? ''),
];

/** Matches the words in paths of requests that move money. */
const MONEY = /payment|refund|payout|transaction|^balanceupdate/;

/** Returns true if a request may take, record or refund a payment. */
function isPaymentRequest(request: RawRequest): boolean {
  const segments = segmentsOf(request.path);
  if (segments.some((segment) => segment.includes('takepayment'))) return true;
  if (request.method === 'GET') return false;
  return segments.some((segment) => MONEY.test(segment)) || entriesIn(request).some(startsPayment);
}

/** Matches the paths of the removals that TutorCruncher documents, which delete no record. */
const DOCUMENTED_REMOVAL = /\/(?:(?:recipient|contractor)\/remove|remove_label)\/$/;

/**
 * Returns true if a request may delete or cancel something. `_method` replaces the method of a request in some servers.
 */
function isDeletion(request: RawRequest): boolean {
  const names = entriesIn(request).map(([name]) => name);
  if (names.some((name) => /^_.*method$/i.test(name.normalize('NFKC').trim()))) return true;
  const segments = segmentsOf(request.path);
  if (request.method === 'GET') return segments.some((segment) => /^(?:delete|cancel|remove)$/.test(segment));
  return (
    segments.some((segment) => /delete|cancel/.test(segment)) ||
    (segments.some((segment) => segment.includes('remove')) && !DOCUMENTED_REMOVAL.test(request.path)) ||
    names.some((name) => plain(name) === 'isdeleted')
  );
}

/** Returns the request of a step. @throws {Error} with a message for the Zap's owner, if the step must not send it */
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
  if (isDeletion(request)) {
    throw run.refusal(
      'This step does not send requests that delete or cancel something, or that contain _method or is_deleted. Nothing was ' +
        'sent. Do this in TutorCruncher, on the page of the record.',
    );
  }
  if (isPaymentRequest(request)) {
    throw run.refusal(
      'This step does not send requests that take, record or refund a payment, or let TutorCruncher take one. Nothing was sent. Do ' +
        `this in TutorCruncher. To stop automatic charges to a client's card, set auto_charge to ${NO_AUTO_CHARGE}. ` +
        'To raise an invoice or a credit request without asking for a payment, set raise_behaviour to one of ' +
        `these: ${UNPAID_BEHAVIOURS.join(', ')}.`,
    );
  }
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
