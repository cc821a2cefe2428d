import { describe, expect, it } from '@jest/globals';

import { listedActions, selectsAction, selectsDelivery } from '../../wire/action-filter.ts';

const LISTED = { actions: ['A', 'B'] };
const EXCEPT = { all_except: ['A', 'B'] };

describe('selectsAction', () => {
  it.each([
    [LISTED, 'A', true],
    [LISTED, 'C', false],
    [LISTED, 'a', false],
    [{ actions: [] }, 'A', false],
    [EXCEPT, 'A', false],
    [EXCEPT, 'C', true],
    [{ all_except: [] }, 'A', true],
  ])('for %j and %j returns %j', (filter, action, expected) => {
    expect(selectsAction(filter, action)).toBe(expected);
  });
});

describe('selectsDelivery', () => {
  it.each([
    [LISTED, ['C', 'B'], true],
    [LISTED, ['C'], false],
    [EXCEPT, ['A', 'C'], true],
    [EXCEPT, ['A', 'B'], false],
    [LISTED, [], false],
    [EXCEPT, [], false],
    [LISTED, null, true],
    [EXCEPT, null, true],
  ])('for %j and %j returns %j', (filter, actions, expected) => {
    expect(selectsDelivery(filter, actions)).toBe(expected);
  });
});

describe('listedActions', () => {
  it('returns the actions selected by name', () => {
    expect(listedActions(LISTED)).toEqual(['A', 'B']);
    expect(listedActions(EXCEPT)).toEqual([]);
  });
});
