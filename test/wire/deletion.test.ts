import { describe, expect, it } from '@jest/globals';

import { isDeletion } from '../../wire/deletion.ts';

describe('isDeletion', () => {
  it.each([
    ['client', ['DELETED_A_CLIENT'], true],
    ['tutor', ['DELETED_A_CONTRACTOR'], true],
    ['student', ['DELETED_A_SR'], true],
    ['affiliate', ['DELETED_AN_AGENT'], true],
    ['job', ['DELETED_A_SERVICE'], true],
    ['lesson', ['DELETED_AN_APPOINTMENT'], true],
    // These actions delete something other than the subject.
    ['client', ['DELETED_A_NOTE'], false],
    ['client', ['DELETED_CARD_DETAILS'], false],
    ['student', ['DELETED_A_SRCLIENT'], false],
    ['package', ['DELETED_A_PACKAGE'], false],
    ['credit_request', ['DELETED_PROFORMA_INVOICE'], false],
    // The action reports the deletion of an object of another model.
    ['client', ['DELETED_A_SR'], false],
    ['toString', ['DELETED_A_CLIENT'], false],
    [null, ['DELETED_A_CLIENT'], false],
    ['client', ['DELETED_A_CLIENT', 'EDITED_A_CLIENT'], false],
    ['client', ['EDITED_A_CLIENT'], false],
    ['client', [], false],
    ['client', null, false],
  ])('for the model %j and the actions %j returns %j', (model, actions, expected) => {
    expect(isDeletion(model, actions)).toBe(expected);
  });
});
