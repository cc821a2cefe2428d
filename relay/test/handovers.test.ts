/** The selection of channels that a process hands over. */

import { describe, expect, it } from '@jest/globals';

import { chooseHandovers } from '../delivery/load-sharing.ts';

const service = (load: number, isSlow = false) => ({ load, isSlow });

describe('the choice of handovers', () => {
  it('brings the load of a process down to the average', () => {
    const services = Array.from({ length: 30 }, () => service(10));
    const handovers = chooseHandovers(services, [
      { holder: 'one', load: 0 },
      { holder: 'two', load: 60 },
    ]);
    const receivers = [...handovers.values()];
    expect(receivers.filter((holder) => holder === 'one')).toHaveLength(12);
    expect(receivers.filter((holder) => holder === 'two')).toHaveLength(6);
    expect([...handovers.keys()]).toEqual(services.slice(0, 18));
  });

  it('is empty while no process has a clearly higher load than the others', () => {
    const many = Array.from({ length: 120 }, () => service(1));
    const few = many.slice(0, 18);
    expect(chooseHandovers(many, [{ holder: 'one', load: 80 }]).size).toBe(0);
    expect(chooseHandovers(few, [{ holder: 'one', load: 0 }]).size).toBe(0);
    expect(chooseHandovers(few, []).size).toBe(0);
    expect(chooseHandovers(few, [{ holder: 'one', load: 500 }]).size).toBe(0);
  });

  it('skips channels that have no work or would overload their receiver', () => {
    const [large, idle, small] = [service(100), service(0), service(20)];
    expect(chooseHandovers([large, idle, small], [{ holder: 'one', load: 0 }])).toEqual(new Map([[small, 'one']]));
  });

  it('takes slow channels last', () => {
    const slow = Array.from({ length: 30 }, () => service(1, true));
    const fast = Array.from({ length: 30 }, () => service(1));
    const handovers = chooseHandovers([...slow, ...fast], [{ holder: 'one', load: 0 }]);
    expect([...handovers.keys()]).toEqual(fast);
  });
});
