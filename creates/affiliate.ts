import { affiliate } from '../objects/affiliate.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { named } from '../src/inputs/input.ts';
import { affiliateSearch } from '../searches/affiliate.ts';
import { personActions } from './person.ts';

export const { create: createAffiliate, update: updateAffiliate } = personActions({
  object: affiliate,
  createKey: 'create_affiliate',
  updateKey: 'update_affiliate',
  noun: 'an affiliate',
  search: affiliateSearch,
  own: [
    amountInput(
      named('commission_rate', { helpText: 'The share of payments that the affiliate receives, in percent.' }),
    ),
  ],
});
