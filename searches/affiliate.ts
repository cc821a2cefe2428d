import { affiliate } from '../objects/affiliate.ts';
import { findPerson } from '../src/person-search.ts';
import { search } from '../src/search.ts';
import { inOrder, personInputs } from './person-inputs.ts';

const inputs = personInputs('affiliate', 'Affiliate');

export const affiliateSearch = search({
  key: 'find_affiliate',
  label: 'Find Affiliate',
  description: 'Finds an affiliate by email address or name.',
  object: affiliate,
  inputs: inOrder(inputs),
  find: findPerson(affiliate, inputs),
});
