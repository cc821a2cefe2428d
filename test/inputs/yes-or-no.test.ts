/** Inputs for yes or no. */

import { expect, it } from '@jest/globals';

import { booleanInput, yesOrNoInput } from '../../src/inputs/yes-or-no.ts';
import { each, testConversions } from '../support/conversions.ts';

testConversions({
  'true or false': {
    input: booleanInput('field', {}),
    accepted: [...each(true, true, 'TRUE', 'yes', 1, 'on'), ...each(false, false, 'False', 'no', 0, 'off')],
    refused: ['2', 'maybe', 'truely'],
    problem: /must contain true or false/,
  },
  'yes or no': {
    input: yesOrNoInput('field', {}),
    accepted: [...each(true, ' Yes '), ...each(false, 'no')],
    refused: ['perhaps'],
    problem: /one of these: Yes; No/,
  },
});

it('an input whose empty value has a third meaning shows both answers as choices', () => {
  expect(booleanInput('field', {}).field).toMatchObject({ type: 'boolean' });
  expect(yesOrNoInput('field', {}).field).toMatchObject({ type: 'string', choices: { yes: 'Yes', no: 'No' } });
});
