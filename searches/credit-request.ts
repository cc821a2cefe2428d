import { creditRequest } from '../objects/credit-request.ts';
import { findNumbered } from '../src/numbered-search.ts';
import { search } from '../src/search.ts';
import { numberedInputs } from './find-inputs.ts';

const inputs = numberedInputs(creditRequest, 'PFI-29');

export const creditRequestSearch = search({
  key: 'find_credit_request',
  label: 'Find Credit Request',
  description: 'Finds a credit request by its number, or the newest credit request of a client.',
  object: creditRequest,
  inputs: Object.values(inputs),
  find: findNumbered(creditRequest, inputs),
});
