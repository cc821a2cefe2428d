/**
 * Events that a target refuses or that cannot be attempted, and the redrive of dead letters.
 *
 * @slow weeks of attempts, 4 s of CPU
 */

import { describe, expect, it } from '@jest/globals';

import { MAX_ENVELOPE_BYTES } from '../../../../wire/sealing/format.ts';
import type { AttemptResult } from '../../../delivery/attempt-result.ts';
import { DAY, HOUR, SECOND } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { DELIVERED, DispatcherBed, FAILED } from '../../support/dispatcher-bed.ts';
import { DATA_KEY, delivery } from '../../support/new-delivery.ts';

const REFUSED: AttemptResult = { type: 'refused', reason: 'HTTP 400' };
const MINUTE = 60 * SECOND;

const LARGE = { ...DATA_KEY, sealed: Buffer.alloc((MAX_ENVELOPE_BYTES * 3) / 4) };

const bed = new DispatcherBed();

const refuse = (...names: string[]) => {
  bed.respond = (name) => (names.includes(name) ? REFUSED : DELIVERED);
};

describe('a poison event', () => {
  it('becomes a dead letter after three tries within two minutes, and delivery continues', async () => {
    refuse('poison');
    await bed.send('a', 'poison', 'b', 'c');
    expect(bed.attempted()).toBe('a poison');
    expect(await bed.attemptedAfter(2 * MINUTE)).toBe('poison poison b c');
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0 });
    await bed.send('d');
    expect(bed.attempted()).toBe('d');
    expect(await bed.attemptedAfter(2 * DAY)).toBe('');
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0 });
  });

  it('is counted separately if the events between two poison events are accepted', async () => {
    refuse('p1', 'p2', 'p3', 'p4');
    await bed.send('p1', 'p2', 'a', 'p3', 'p4', 'b');
    expect(await bed.attemptedAfter(10 * MINUTE)).toBe('p1 p1 p1 p2 p2 p2 a p3 p3 p3 p4 p4 p4 b');
    expect(await bed.state()).toMatchObject({ deadLetters: 4, pending: 0 });
  });
});

describe('a target that refuses three different events in a row', () => {
  const events = ['a', 'b', 'c', 'd', 'e'];
  /** The fields of the log lines about a recovered target. */
  const recoveries = () =>
    bed.lines.filter(({ message }) => message.startsWith('The target has recovered.')).map(({ fields }) => fields);

  it('is retried with back-off from the third event on, and no event is given up before it has waited for a day', async () => {
    refuse(...events, 'f');
    await bed.send(...events);
    expect(await bed.attemptedAfter(3 * MINUTE)).toMatch(/^a a a b b b c( c)*$/);
    const tries = await bed.attemptedAfter(DAY - 4 * MINUTE);
    expect(tries).toMatch(/^c( c)*$/);
    expect(tries.split(' ').length).toBeLessThan(40);
    expect(await bed.state()).toMatchObject({ deadLetters: 2, pending: 3 });
    await bed.send('f');
    await bed.clock.advance(2 * HOUR);
    expect(await bed.state()).toMatchObject({ deadLetters: 5, pending: 1 });
  });

  it('receives the held events in order when it recovers, and the dead letters of the outage once', async () => {
    refuse('old');
    await bed.send('old', 'z');
    await bed.attemptedAfter(2 * MINUTE);
    refuse(...events);
    await bed.send(...events);
    await bed.attemptedAfter(4 * MINUTE);
    // The target always refuses event b, so it remains a dead letter. The dead letter from before the outage is not
    // redelivered.
    refuse('b');
    expect(await bed.attemptedAfter(HOUR)).toBe('c a b d e');
    expect(await bed.state()).toMatchObject({ deadLetters: 2, pending: 0 });
    expect(await bed.attemptedAfter(2 * DAY)).toBe('');
    expect(recoveries()).toMatchObject([{ count: 2 }]);
  });

  it('is not logged as recovered if no dead letter of the outage is left', async () => {
    refuse(...events);
    await bed.send(...events);
    await bed.attemptedAfter(3 * MINUTE);
    refuse();
    bed.store.redriveFrom = () => Promise.resolve({ count: 0, nextSeq: null });
    expect(await bed.attemptedAfter(HOUR)).toBe('c d e');
    expect(recoveries()).toEqual([]);
  });

  it('receives the dead letters of the outage even if the store fails when it recovers', async () => {
    refuse(...events);
    await bed.send(...events);
    await bed.attemptedAfter(3 * MINUTE);
    refuse();
    const redrive = bed.store.redriveFrom.bind(bed.store);
    bed.store.redriveFrom = () => Promise.reject(new Error('disk'));
    expect(await bed.attemptedAfter(HOUR)).toBe('c');
    await bed.stopDispatcher();
    bed.store.redriveFrom = redrive;
    bed.startDispatcher();
    expect(await bed.attemptedAfter(10 * SECOND)).toBe('a b d e');
  });
});

describe('a redrive on request', () => {
  const redrive = () => bed.store.redrive(CHANNEL, bed.subscription.id);
  const letters = Array.from({ length: 19 }, (_, index) => `d${index}`);

  /** Turns the given events into dead letters, with an accepted event before and after each. */
  async function buryLetters(): Promise<void> {
    refuse(...letters);
    for (const letter of letters) await bed.send(letter, 'ok');
    await bed.clock.advance(HOUR);
    expect(await bed.state()).toMatchObject({ deadLetters: letters.length, pending: 0 });
    bed.attempted();
  }

  it('tries each dead letter once, keeps those that are refused again, and sends new events after ten dead letters', async () => {
    await buryLetters();
    refuse(...letters.slice(0, 15));
    expect(await redrive()).toBe(19);
    await bed.send('new');
    const order = (await bed.attemptedAfter(HOUR)).split(' ');
    expect(order.indexOf('new')).toBeLessThanOrEqual(10);
    expect(order.filter((name) => name !== 'new')).toEqual(letters);
    expect(await bed.state()).toMatchObject({ deadLetters: 15, pending: 0 });
  });

  it('pauses while the target fails, and continues when it responds', async () => {
    await buryLetters();
    bed.respond = () => FAILED;
    await redrive();
    await bed.clock.advance(3 * HOUR);
    expect(bed.attempts.length).toBeLessThan(15);
    expect(await bed.state()).toMatchObject({ deadLetters: 19, isRedriving: true });
    bed.attempted();
    bed.respond = () => DELIVERED;
    expect((await bed.attemptedAfter(HOUR)).split(' ').sort()).toEqual([...letters].sort());
    expect(await bed.state()).toMatchObject({ deadLetters: 0, isRedriving: false });
  });

  it('does not let a dead letter that always fails delay the others or new events', async () => {
    await buryLetters();
    bed.respond = (name) => (name === 'd3' ? FAILED : DELIVERED);
    await redrive();
    await bed.clock.advance(6 * SECOND);
    expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0 });
    await bed.attemptedAfter(HOUR);
    await bed.send('new');
    expect(bed.attempted()).toBe('new');
    await bed.clock.advance(DAY);
    expect(bed.attempts.length).toBeLessThan(40);
    expect(await bed.state()).toMatchObject({ failures: 0, deadLetters: 1, isRedriving: true });
  });

  it('starts even while new events wait for the end of a back-off', async () => {
    await buryLetters();
    bed.respond = () => FAILED;
    await bed.send('new');
    await bed.attemptedAfter(3 * HOUR);
    bed.respond = () => DELIVERED;
    await redrive();
    expect((await bed.attemptedAfter(SECOND)).split(' ')).toHaveLength(20);
  });
});

describe('an event that cannot be attempted', () => {
  it.each([
    ['large', { content: LARGE }, 'too large for Zapier'],
    ['missing', {}, 'content not stored'],
  ])(
    'a %s delivery becomes a dead letter without an attempt, even when it is redriven',
    async (name, changes, failure) => {
      const deliveries = bed.store.deliveries.bind(bed.store);
      bed.store.deliveries = async (...args) =>
        (await deliveries(...args)).filter(({ actions }) => !actions?.includes('missing'));
      await bed.send('a');
      await bed.store.ingest([delivery('A', { actions: ['A', name], receivedAt: bed.clock.now(), ...changes })]);
      await bed.send('b');
      expect(bed.attempted()).toBe('a b');
      expect(await bed.state()).toMatchObject({ deadLetters: 1, pending: 0, failures: 0, lastFailure: null });
      let reads = 0;
      const redriven = bed.store.redriven.bind(bed.store);
      bed.store.redriven = (...args) => {
        reads++;
        return redriven(...args);
      };
      expect(await bed.store.redrive(CHANNEL, bed.subscription.id)).toBe(1);
      expect(await bed.attemptedAfter(SECOND)).toBe('');
      expect(reads).toBeLessThan(4);
      expect(await bed.store.sendSummaries('dead', bed.subscription.id, 10)).toMatchObject([
        { failure, actions: ['A', name], isRedriven: false },
      ]);
    },
  );
});
