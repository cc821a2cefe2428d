import { describe, expect, it } from '@jest/globals';

import { cpuTimeOf, shortestDuration } from '../../relay/harness/shortest-duration.ts';
import { listedActions, selectsAction, selectsDelivery } from '../../wire/action-filter.ts';

describe('an action filter', () => {
  const LISTED = { actions: ['A', 'B'] };
  const EXCEPT = { all_except: ['A', 'B'] };

  it.each([
    [LISTED, ['C', 'B'], true],
    [LISTED, ['C'], false],
    [LISTED, ['a'], false],
    [{ actions: [] }, ['A'], false],
    [{ all_except: [] }, ['A'], true],
    [EXCEPT, ['A', 'C'], true],
    [EXCEPT, ['A', 'B'], false],
    [LISTED, [], false],
    [EXCEPT, [], false],
    [LISTED, null, true],
    [EXCEPT, null, true],
  ])('%j selects a delivery with %j: %j', (filter, actions, expected) => {
    expect(selectsDelivery(filter, actions)).toBe(expected);
  });

  it('reads its list once, because a list may contain 500 actions', () => {
    let reads = 0;
    const filter = {
      get actions() {
        reads++;
        return ['A'];
      },
    };
    expect([selectsAction(filter, 'A'), selectsAction(filter, 'B'), reads]).toEqual([true, false, 1]);
  });

  it('lists the actions selected by name', () => {
    expect([listedActions(LISTED), listedActions(EXCEPT)]).toEqual([['A', 'B'], []]);
  });

  it('compares actions with filters in a time that depends little on the number of the actions', async () => {
    const action = (name: string) => name.padStart(100, 'LONG_PREFIX_');
    // The events are parsed, as in a relay, so that each string is a separate copy.
    const copy = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;
    const actions = copy(Array.from({ length: 100 }, (_, index) => action(`SENT_${1000 + index}`)));
    const timeToCompare = (sent: readonly string[]) => {
      const filters = Array.from({ length: 50 }, () =>
        copy({ actions: Array.from({ length: 500 }, (_, index) => action(`WANT_${1000 + index}`)) }),
      );
      return cpuTimeOf(() => {
        expect(filters.some((filter) => selectsDelivery(filter, sent))).toBe(false);
      });
    };
    const few = await shortestDuration(0, () => timeToCompare(actions.slice(0, 10)));
    // Comparing each action with every other action takes ten times as long.
    expect(await shortestDuration(3 * few, () => timeToCompare(actions))).toBeLessThan(3 * few);
  });
});
