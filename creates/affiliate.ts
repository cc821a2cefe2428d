import { affiliate } from '../objects/affiliate.ts';
import { objectAction } from '../src/create.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { createPerson, creationTexts, updateChosen, updateTexts } from '../src/person-actions.ts';
import { affiliateSearch } from '../searches/affiliate.ts';
import { APPEARANCE, CHANGED_PERSON, NEW_PERSON, PERSON_GROUPS, WELCOME_EMAIL } from './person-inputs.ts';
import { UPDATE_HELP } from './update-help.ts';

const COMMISSION_RATE = amountInput({
  key: 'commission_rate',
  label: 'Commission Rate',
  becomes: 'commission_rate',
  helpText: 'The share of payments that the affiliate receives, in percent.',
});

const CHOSEN = recordInput(
  { key: 'affiliate', label: 'Affiliate', becomes: null, required: true, helpText: UPDATE_HELP },
  { list: 'affiliate_list', search: 'find_affiliate' },
);

export const createAffiliate = objectAction({
  key: 'create_affiliate',
  label: 'Create Affiliate',
  description: 'Creates an affiliate. Emails them only if you choose to.',
  object: affiliate,
  inputs: [...NEW_PERSON, COMMISSION_RATE, WELCOME_EMAIL, ...APPEARANCE],
  groups: PERSON_GROUPS,
  hasCustomFields: true,
  search: affiliateSearch,
  toWrite: createPerson(affiliate),
  ...creationTexts(affiliate, 'Affiliate'),
});

export const updateAffiliate = objectAction({
  key: 'update_affiliate',
  label: 'Update Affiliate',
  description: 'Updates an affiliate. Fields left empty keep their values.',
  object: affiliate,
  inputs: [CHOSEN, ...CHANGED_PERSON, COMMISSION_RATE, ...APPEARANCE],
  groups: PERSON_GROUPS,
  hasCustomFields: true,
  chosen: CHOSEN,
  toWrite: updateChosen(affiliate, CHOSEN),
  ...updateTexts(affiliate),
});
