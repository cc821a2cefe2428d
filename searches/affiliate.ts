import { affiliate } from '../objects/affiliate.ts';
import { personSearch } from './person.ts';

export const affiliateSearch = personSearch({
  key: 'find_affiliate',
  description: 'Finds an affiliate by email address or name.',
  object: affiliate,
});
