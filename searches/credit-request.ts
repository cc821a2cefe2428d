import { creditRequest } from '../objects/credit-request.ts';
import { numberedSearch } from './numbered.ts';

export const creditRequestSearch = numberedSearch({
  key: 'find_credit_request',
  label: 'Find Credit Request',
  description: 'Finds a credit request by its number, or the newest credit request of a client.',
  object: creditRequest,
  example: 'PFI-29',
});
