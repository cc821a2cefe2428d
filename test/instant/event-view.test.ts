/** The parts of two states that the view of a trigger selects for a comparison. */

import { describe, expect, it } from '@jest/globals';

import { client } from '../../objects/client.ts';
import { comparedState, comparisonOptions } from '../../src/instant/event-view.ts';
import { compareSubjects } from '../../src/record/changes.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import { relayedView } from '../support/relayed-view.ts';

const view = relayedView(client);
const event = { ...client.sample, action: 'EDITED_A_CLIENT' };

describe('the compared state', () => {
  it('is what a record of the event would show of the subject of an earlier event', () => {
    const subjectIn = ({ action, subject }: typeof event) => ({ of: action, town: subject.town });
    const earlier = { ...event, action: 'CREATED_A_CLIENT', subject: { model: 'Client', town: 'Wells' } };
    expect(comparedState({ ...view, subjectIn }, event, earlier)).toEqual({ of: 'EDITED_A_CLIENT', town: 'Wells' });
  });

  it.each([
    ['lacks an empty list of labels', 'EDITED_A_CLIENT', {}],
    ['has the empty list of labels of an event about a label', 'REMOVED_A_LABEL_FROM_A_USER', { labels: [] }],
  ])('%s', (_what, action, labels) => {
    const earlier = { ...event, action, subject: { model: 'Client', labels: [] } };
    expect(comparedState(view, event, earlier)).toEqual({ model: 'Client', ...labels });
  });
});

it.each([
  [true, ['client_invoice_balance']],
  [false, []],
])('balances are compared only by a trigger about balances: %j', (hasBalances, keys) => {
  const options = comparisonOptions({ ...view, hasBalances }, client.layout, NEUTRAL_LOCALE);
  const { changedKeys } = compareSubjects({ invoice_balance: '1.00' }, { invoice_balance: '2.00' }, options);
  expect([...changedKeys]).toEqual(keys);
});
