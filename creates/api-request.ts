import { apiPathInput, methodInput } from '../src/inputs/api-request.ts';
import { booleanInput } from '../src/inputs/boolean.ts';
import { dictionaryInput } from '../src/inputs/dictionary.ts';
import { named } from '../src/inputs/input.ts';
import { jsonTextInput } from '../src/inputs/json-text.ts';
import { rawRequestAction } from '../src/raw-request.ts';

export const apiRequest = rawRequestAction({
  key: 'api_request',
  label: 'API Request',
  description:
    "Sends a request to TutorCruncher's API, for tasks that no other step covers. It can change anything in your account, prices and " +
    'invoices included, and TutorCruncher may email people about it. It cannot take payments or delete anything.',
  inputs: {
    method: methodInput({
      key: 'method',
      label: 'Method',
      becomes: null,
      required: true,
      helpText: 'GET reads, POST creates or changes, and PUT changes.',
    }),
    path: apiPathInput(
      named('path', {
        becomes: null,
        required: true,
        helpText:
          "The part of the address after `/api/`, such as `clients/123/`. TutorCruncher's API documentation lists all paths.",
      }),
    ),
    query: dictionaryInput(
      named('query', {
        becomes: null,
        helpText:
          'Filters for a list, as names and values: for example, the name `status` with the value `live`, or `page` with `2`.',
      }),
    ),
    body: jsonTextInput(
      named('body', {
        becomes: null,
        helpText: 'The data for POST or PUT as JSON, such as `{"last_name": "Raman"}`. It is sent exactly as typed.',
      }),
    ),
    stopOnError: booleanInput({
      key: 'stop_on_error',
      label: 'Stop on Error',
      becomes: null,
      helpText:
        'Whether the Zap stops if TutorCruncher refuses the request. If false, the Zap continues with Status and Body of the ' +
        'refusal. Leave empty for true.',
    }),
  },
  unknownOutcome:
    'TutorCruncher may still have carried out the request. Look at the record in TutorCruncher before you replay ' +
    'this run, because a replay sends the request again.',
});
