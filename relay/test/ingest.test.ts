import { describe, expect, it } from '@jest/globals';

import { actionsOf, createIngest } from '../ingest.ts';
import type { Ingested } from '../store/store.ts';
import { bodyOf, delivery } from './helpers.ts';

/** A way in to a store that takes everything, and the sizes of the groups that it got. */
function recorded() {
  const groups: number[] = [];
  const ingest = createIngest({
    ingest: (deliveries) => {
      groups.push(deliveries.length);
      return Promise.resolve(deliveries.map((): Ingested => 'stored'));
    },
  });
  return { groups, ingest };
}

describe('the way in', () => {
  it('lets deliveries that come together share one transaction', async () => {
    const { groups, ingest } = recorded();
    const results = await Promise.all(Array.from({ length: 450 }, () => ingest.add(delivery('A'))));
    expect(new Set(results)).toEqual(new Set(['stored']));
    expect(groups).toEqual([200, 200, 50]);
    await ingest.idle();
  });

  it('keeps groups of large bodies small', async () => {
    const { groups, ingest } = recorded();
    const megabytes = (count: number) => ingest.add(delivery('A', { body: Buffer.alloc(count * 1024 * 1024) }));
    await Promise.all([20, 20, 8, 8, 8, 1].map(megabytes));
    expect(groups).toEqual([1, 1, 2, 2]);
  });

  it('gives each its own answer', async () => {
    const answers: Ingested[] = ['stored', 'duplicate', 'unregistered', 'full'];
    const ingest = createIngest({ ingest: () => Promise.resolve(answers) });
    expect(await Promise.all(answers.map(() => ingest.add(delivery('A'))))).toEqual(answers);
  });

  it('says so when the store fails, and goes on', async () => {
    let fails = true;
    const ingest = createIngest({
      ingest: () => (fails ? Promise.reject(new Error('disk full')) : Promise.resolve<Ingested[]>(['stored'])),
    });
    await expect(ingest.add(delivery('A'))).rejects.toThrow('disk full');
    fails = false;
    expect(await ingest.add(delivery('A'))).toBe('stored');
  });

  it('says within 7 seconds that the store does not answer: TutorCruncher waits 8', async () => {
    const groups: string[][] = [];
    let answer: (results: Ingested[]) => void = () => undefined;
    const ingest = createIngest({
      ingest: (deliveries) => {
        groups.push(deliveries.flatMap(({ actions }) => actions));
        return new Promise((resolve) => (answer = resolve));
      },
    });
    const start = Date.now();
    const first = ingest.add(delivery('first'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = ingest.add(delivery('second'));
    await expect(first).rejects.toThrow(/did not answer in time/);
    await expect(second).rejects.toThrow(/did not answer in time/);
    expect(Date.now() - start).toBeLessThan(7000);

    // Nobody waits for the second any more: it will be sent again, and must not be before what is new.
    const third = ingest.add(delivery('third'));
    answer(['stored']);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(groups).toEqual([['first'], ['third']]);
    answer(['stored']);
    expect(await third).toBe('stored');
  });
});

describe('the actions of a body', () => {
  it.each<[string, string[]]>([
    [bodyOf('A').toString(), ['A']],
    ['{"events": [{"action": "A"}, {"action": "B"}, {"action": "A"}, null, {"action": 7}]}', ['A', 'B']],
    ['{"events": {}}', []],
    ['{"id": 1}', []],
    ['[]', []],
    ['null', []],
    ['not json', []],
    ['', []],
    ['['.repeat(100_000), []],
  ])('of %j', (body, actions) => {
    expect(actionsOf(Buffer.from(body))).toEqual(actions);
  });
});
