import { describe, expect, it } from '@jest/globals';

import { actionsOf, createIngest } from '../ingest.ts';
import type { Ingested } from '../store/store.ts';
import { bodyOf, delivery } from './helpers.ts';

describe('the way in', () => {
  it('lets deliveries that come together share one transaction', async () => {
    const groups: number[] = [];
    const ingest = createIngest({
      ingest: (deliveries) => {
        groups.push(deliveries.length);
        return Promise.resolve(deliveries.map((): Ingested => 'stored'));
      },
    });
    const results = await Promise.all(Array.from({ length: 450 }, () => ingest.add(delivery('A'))));
    expect(new Set(results)).toEqual(new Set(['stored']));
    expect(groups).toEqual([200, 200, 50]);
    await ingest.idle();
  });

  it('keeps groups of large bodies small', async () => {
    const groups: number[] = [];
    const ingest = createIngest({
      ingest: (deliveries) => {
        groups.push(deliveries.length);
        return Promise.resolve(deliveries.map((): Ingested => 'stored'));
      },
    });
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
    const ingest = createIngest({ ingest: () => new Promise(() => undefined) });
    const start = Date.now();
    await expect(ingest.add(delivery('A'))).rejects.toThrow(/did not answer in time/);
    expect(Date.now() - start).toBeLessThan(7000);
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
