import { setImmediate } from 'node:timers/promises';

import { expect, it } from '@jest/globals';

import { createTurns, TooManyWaiting } from '../turns.ts';

/** Returns work that runs until the test calls `end` or `fail`. */
function openWork(started: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const work = () => {
    started.push(name);
    return promise;
  };
  return {
    work,
    end: () => {
      resolve(name);
    },
    fail: () => {
      reject(new Error(name));
    },
  };
}

it('runs the work of a key one after another, even after a failure, and the work of other keys at the same time', async () => {
  const turns = createTurns(5);
  const started: string[] = [];
  const [one, two, other] = [openWork(started, 'one'), openWork(started, 'two'), openWork(started, 'other')];
  const results = [turns('a', one.work), turns('a', two.work), turns('b', other.work)];
  await setImmediate();
  expect(started).toEqual(['one', 'other']);
  one.fail();
  await expect(results[0]).rejects.toThrow('one');
  await setImmediate();
  expect(started).toEqual(['one', 'other', 'two']);
  two.end();
  other.end();
  expect(await Promise.all(results.slice(1))).toEqual(['two', 'other']);
});

it('refuses work of a key that has too much waiting work', async () => {
  const turns = createTurns(1);
  const { work, end } = openWork([], 'one');
  const results = [turns('a', work), turns('a', work)];
  await expect(turns('a', work)).rejects.toThrow(TooManyWaiting);
  end();
  await Promise.all(results);
  expect(await turns('a', work)).toBe('one');
});
