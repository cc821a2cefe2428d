/** Actions about several objects. Each object has a separate trigger for them. */

/** The actions with which TutorCruncher reports that a person agreed to the terms and conditions. */
export const TERMS_ACTIONS = {
  AGREE_TERMS: 'Agreed to Terms and Conditions',
  RECORDED_TERMS_CONSENT: 'Recorded consent to Terms and Conditions',
};

/** The actions about the bank account of a person that was added or removed. */
export const BANK_DETAILS_ACTIONS = {
  ADDED_BANK_DETAILS: 'Added their bank details',
  REMOVED_BANK_DETAILS: 'Removed their saved bank details',
};
