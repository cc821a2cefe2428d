/** The claimant of a process: its heartbeat, and the id that holds the claims. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { Claimant } from '../../delivery/claimant.ts';
import { SECOND } from '../../harness/durations.ts';
import type { HeartbeatFailure } from '../../store/outcomes/claims.ts';

const START = 1_000_000;
let now: number;
/** The requests of the claimant, each with the id and the previous heartbeat. */
let requests: [id: string, previous: number | null][];
let respond: () => Promise<number | HeartbeatFailure>;
let claimant: Claimant;

beforeEach(() => {
  now = START;
  requests = [];
  respond = () => Promise.resolve(77);
  const heartbeat = (...request: [string, number | null]) => {
    requests.push(request);
    return respond();
  };
  claimant = new Claimant({ heartbeat }, { now: () => now });
});

describe('a claimant', () => {
  it('is neither alive nor fresh before its first heartbeat', () => {
    expect([claimant.isAlive, claimant.isFresh]).toEqual([false, false]);
  });

  it('is fresh for a second after it has sent a heartbeat, and alive for three', async () => {
    respond = () => {
      now += SECOND / 2;
      return Promise.resolve(77);
    };
    expect(await claimant.beat()).toBeNull();
    const states = [0.5, 1, 1.001, 2.999, 3].map((seconds) => {
      now = START + seconds * SECOND;
      return [seconds, claimant.isFresh, claimant.isAlive];
    });
    expect(states).toEqual([
      [0.5, true, true],
      [1, true, true],
      [1.001, false, true],
      [2.999, false, true],
      [3, false, false],
    ]);
  });

  it('names the heartbeat that it knows to be stored, until it continues under a new id', async () => {
    const first = claimant.id;
    await claimant.beat();
    await claimant.beat();
    claimant.renewId();
    await claimant.beat();
    expect(requests).toEqual([
      [first, null],
      [first, 77],
      [claimant.id, null],
    ]);
    expect(claimant.id).not.toBe(first);
  });

  it.each(['too old', 'stepped back'] as const)(
    'does not stay alive longer because of a heartbeat that is %s',
    async (failure) => {
      await claimant.beat();
      now += 2 * SECOND;
      respond = () => Promise.resolve(failure);
      expect(await claimant.beat()).toBe(failure);
      expect(claimant.isFresh).toBe(false);
      respond = () => Promise.resolve(78);
      await claimant.beat();
      expect(requests.at(-1)).toEqual([claimant.id, 77]);
    },
  );

  it.each([88, 'too old'] as const)('ignores the response %j to a heartbeat of its former id', async (response) => {
    const late = Promise.withResolvers<number | HeartbeatFailure>();
    respond = () => late.promise;
    const beat = claimant.beat();
    claimant.renewId();
    late.resolve(response);
    expect(await beat).toBeNull();
    expect(claimant.isAlive).toBe(false);
    await claimant.beat();
    expect(requests.at(-1)).toEqual([claimant.id, null]);
  });
});
