import { expect, it } from '@jest/globals';

import { allEnded } from '../src/all-ended.ts';

it('waits for all promises before it throws the error of the first one that was rejected', async () => {
  const ended: string[] = [];
  let end = (): void => undefined;
  const last = new Promise<void>((resolve) => (end = resolve)).then(() => void ended.push('last'));
  const all = allEnded([Promise.reject(new Error('first')), Promise.reject(new Error('second')), last]);
  const failure = expect(all.finally(() => ended.push('all'))).rejects.toThrow('first');
  await new Promise(setImmediate);
  end();
  await failure;
  expect(ended).toEqual(['last', 'all']);
});

it('returns the values in the order of the promises', async () => {
  expect(await allEnded([Promise.resolve(1), 'two', Promise.resolve(null)])).toEqual([1, 'two', null]);
});
