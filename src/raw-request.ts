/**
 * Factory of the action that sends any request to TutorCruncher's API. A path may contain only safe characters
 * (`src/inputs/api-path.ts`), so that it cannot lead to another host or path. Payments are refused.
 */

import type { Bundle, HttpResponse, ZObject } from 'zapier-platform-core';

import { isJsonObject, parseWithLongIntegers, type JsonObject } from '../wire/json.ts';
import { errorFor, isCertainRefusal, isSuccess, sendOnce, withEscapedBraces } from './api/write.ts';
import { actionDefinition, type Action, type ActionText } from './create.ts';
import type { Method } from './inputs/api-request.ts';
import { InputValues, type Input } from './inputs/input.ts';
import { unwrapped } from './object-record.ts';
import { isPaymentRequest, namesIn, NO_AUTO_CHARGE, UNPAID_BEHAVIOURS, type RawRequest } from './payment-requests.ts';
import type { OutputField } from './record/output-fields.ts';
import { Run } from './run.ts';

/** The inputs of the action. */
export interface RawRequestInputs {
  readonly method: Input<Method>;
  readonly path: Input<string>;
  readonly query: Input<Record<string, string>>;
  readonly body: Input<string>;
  readonly stopOnError: Input<boolean>;
}

/** The action, as written in `creates/`. */
export interface RawRequestAction extends Omit<ActionText, 'inputs'> {
  readonly inputs: RawRequestInputs;
}

const OUTPUT_FIELDS: readonly OutputField[] = [
  { key: 'id', label: 'Record ID', type: 'number' },
  { key: 'status', label: 'Status', type: 'number' },
  { key: 'body', label: 'Body', type: 'string' },
];

/** The record contains the response twice, and Zapier accepts at most 6 MB from a step. */
const MAX_RESPONSE_BYTES = 2_000_000;

/** Makes the record that the step returns. Only `response` is nested, which lets users map each of its fields. */
function answerOf(status: number, content: string | null): JsonObject {
  const response = content === null ? null : parseWithLongIntegers(content);
  const { id = null } = isJsonObject(response) ? unwrapped(response) : {};
  return { id: typeof id === 'number' || typeof id === 'string' ? id : null, status, body: content, response };
}

/** Returns the JSON text of a response; null if the response is empty or is not JSON. */
const jsonOf = ({ data, content }: HttpResponse<unknown>): string | null => (data === undefined ? null : content);

/** Returns the request of a step. @throws {Error} with a message for the Zap's owner, if the step must not send it */
function requestOf(run: Run, values: InputValues, inputs: RawRequestInputs): RawRequest {
  const request = {
    method: values.required(inputs.method),
    path: values.required(inputs.path),
    query: values.of(inputs.query) ?? {},
    body: values.of(inputs.body),
  };
  if (request.method === 'GET' && request.body !== null) {
    throw run.refusal(
      'A GET request has no body. Leave Body empty, or choose POST or PUT as Method. To filter a list, use Query. Nothing was sent.',
    );
  }
  if (isPaymentRequest(request)) {
    throw run.refusal(
      'This step does not send requests that take or record a payment, or let TutorCruncher take one. Nothing was sent. Do ' +
        `this in TutorCruncher. To stop automatic charges to a client's card, set auto_charge to ${NO_AUTO_CHARGE}. ` +
        'To raise an invoice or a credit request without a payment, set raise_behaviour to one of ' +
        `these: ${UNPAID_BEHAVIOURS.join(', ')}.`,
    );
  }
  return request;
}

/** Returns the error for a response that stops the Zap. */
function failureOf(run: Run, response: HttpResponse<unknown>, request: RawRequest, unknownOutcome: string): Error {
  const { status } = response;
  if (status !== 400 && isCertainRefusal(status)) {
    return run.refusal(
      `TutorCruncher refused the request (HTTP status ${status}), so nothing was changed. Correct Method and Path in this ` +
        'step, or check the step that provides the ID.',
    );
  }
  const names = [...namesIn(request.body ?? '').map(([name]) => name), ...Object.keys(request.query)];
  const labels = new Map(names.filter((name) => /^[a-z][a-z_]{0,40}$/.test(name)).map((name) => [name, name]));
  return errorFor(run, response, { labels, unknownOutcome });
}

/** Defines the action that sends any request. */
export function rawRequestAction({ inputs, ...text }: RawRequestAction): Action {
  const all: Input[] = [inputs.method, inputs.path, inputs.query, inputs.body, inputs.stopOnError];
  const perform = async (z: ZObject, bundle: Bundle): Promise<JsonObject> => {
    const run = Run.ofAction(z, bundle);
    const values = await InputValues.read(all, run);
    const request = requestOf(run, values, inputs);
    const { method, path, query: params, body } = request;
    const stops = values.of(inputs.stopOnError) ?? true;
    const unknownOutcome =
      method === 'GET' ? 'A GET request changes nothing, so replaying this run does no harm.' : text.unknownOutcome;
    const response = await sendOnce(
      run,
      {
        ...{ method, path, params },
        ...(method !== 'GET' && { body: withEscapedBraces(body ?? '{}') }),
        size: MAX_RESPONSE_BYTES,
        middlewareData: { givesEveryStatus: !stops },
      },
      unknownOutcome,
    );
    const isUsable = isSuccess(response) && (jsonOf(response) !== null || response.content.trim() === '');
    if (stops && !isUsable) throw failureOf(run, response, request, unknownOutcome);
    return answerOf(response.status, jsonOf(response));
  };
  return {
    object: null,
    ownFields: () => [...OUTPUT_FIELDS, { key: 'response', label: 'Response', type: 'object' }],
    inputs: all,
    definition: actionDefinition(
      { ...text, inputs: all },
      {
        noun: 'Request',
        perform,
        sample: answerOf(200, '{"id": 301, "first_name": "Priya", "last_name": "Raman"}'),
        outputFields: [() => Promise.resolve([...OUTPUT_FIELDS])],
      },
    ),
  };
}
