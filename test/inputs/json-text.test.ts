/** The input for a JSON text that contains mapped values. */

import { describe, expect, it } from '@jest/globals';

import { jsonTextInput } from '../../src/inputs/json-text.ts';
import type { JsonObject } from '../../wire/json.ts';
import { same, testConversions } from '../support/conversions.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf } from '../support/steps.ts';

const PLACEHOLDER = '{{123456__id}}';

testConversions({
  JSON: {
    input: jsonTextInput('field', {}),
    accepted: same('{"a": 1}', ' [1] '),
    refused: [
      ...['{a: 1}', "{'a': 1}", '{"a": 1', '{} {}'],
      ...['x', '"x"', '"text"', '5', '7', 'null', 'a=1&raise_behaviour=raise'],
    ],
    problem: /must contain a JSON object or list such as `\{"last_name": "Raman"\}`\.$/,
  },
});

describe('a value that is mapped into the JSON text', () => {
  const tutorCruncher = useTutorCruncher();
  const POST = { method: 'POST', path: 'clients/301/' };

  it.each<[request: JsonObject, raw: JsonObject, field: string, problem: string]>([
    [POST, { body: PLACEHOLDER }, 'Body', 'is empty'],
    [{ ...POST, body: '{"town": ""}' }, { body: `{"town": "${PLACEHOLDER}"}` }, 'Body', 'has an empty part'],
    [{ ...POST, body: '{"town": " "}' }, { body: '{"town": "{{1__a}} {{1__b}}"}' }, 'Body', 'has an empty part'],
    [
      { ...POST, body: '{"user": {"town": ""}, "x": ["a"]}' },
      { body: `{"user": {"town": "${PLACEHOLDER}"}, "x": ["a"]}` },
      'Body',
      'has an empty part',
    ],
    [{ ...POST, body: '{"labels": []}' }, { body: `{"labels": [${PLACEHOLDER}]}` }, 'Body', 'has an empty part'],
    [{ ...POST, body: '{"labels": [""]}' }, { body: `{"labels": ["${PLACEHOLDER}"]}` }, 'Body', 'has an empty part'],
    [
      { ...POST, body: '{"labels": ["a", "b", ""]}' },
      { body: `{"labels": [{{1__a}}, "${PLACEHOLDER}"]}` },
      'Body',
      'has an empty part',
    ],
    [{ ...POST, body: '{"": "Wells"}' }, { body: `{"${PLACEHOLDER}": "Wells"}` }, 'Body', 'has an empty part'],
    [{ ...POST, body: '{}' }, { body: `{${PLACEHOLDER}}` }, 'Body', 'has an empty part'],
    [{ ...POST, body: '{"rate": null}' }, { body: `{"rate": ${PLACEHOLDER}}` }, 'Body', 'has an empty part'],
  ])('sends nothing for %j from %j', async (request, raw, field, problem) => {
    expect(await failureOf(act('api_request', request, {}, { ...request, ...raw }))).toMatch(
      new RegExp(`^The field "${field}" of this step ${problem} in this run, although a value is mapped into it`),
    );
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each<[request: JsonObject, raw: JsonObject]>([
    [{ ...POST, body: '{"town": "Wells", "street": ""}' }, { body: `{"town": "${PLACEHOLDER}", "street": ""}` }],
    [{ ...POST, body: '{"town": "In "}' }, { body: `{"town": "In ${PLACEHOLDER}"}` }],
    [{ ...POST, body: '{"town": ""}' }, { body: PLACEHOLDER }],
    [{ ...POST, body: '{"town": "Wells"}' }, { body: `{${PLACEHOLDER}}` }],
    [{ ...POST, body: '{"labels": [21, 22], "town": ""}' }, { body: `{"labels": [${PLACEHOLDER}], "town": ""}` }],
    [{ ...POST, body: '{"labels": ["21", "22", ""]}' }, { body: `{"labels": ["2${PLACEHOLDER}", ""]}` }],
    [{ ...POST, body: '{"town": "{{x}}"}' }, { body: '{"town": "{{x}}"}' }],
    [{ ...POST, body: '{"town": "Wells"}' }, { body: [PLACEHOLDER] }],
  ])('sends %j from %j', async (request, raw) => {
    expect(await act('api_request', request, {}, { ...request, ...raw })).toMatchObject({ status: 200 });
  });
});
