/** Actions that occur in events about several objects. Each of these objects has its own trigger for the actions. */

/** The actions that report a person's agreement to the terms and conditions. */
export const TERMS_ACTIONS = {
  AGREE_TERMS: 'Agreed to Terms and Conditions',
  RECORDED_TERMS_CONSENT: 'Recorded consent to Terms and Conditions',
};

/** The actions that report that a person's bank account was added or removed. */
export const BANK_DETAILS_ACTIONS = {
  ADDED_BANK_DETAILS: 'Added their bank details',
  REMOVED_BANK_DETAILS: 'Removed their saved bank details',
};
