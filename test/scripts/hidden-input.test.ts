/** Input that a terminal does not show. */

import { Readable } from 'node:stream';

import { afterEach, expect, it, jest } from '@jest/globals';

import { HiddenInput } from '../../scripts/hidden-input.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

it('keeps lines that are pasted together for the next questions, and shows none of them', async () => {
  const input = Object.assign(Readable.from(['first secret \nsecond secret\n']), { isTTY: true });
  jest.spyOn(process, 'stdin', 'get').mockReturnValue(input as unknown as typeof process.stdin);
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const log = jest.spyOn(console, 'log').mockReturnValue();
  const hidden = new HiddenInput();
  expect([await hidden.ask('One: '), await hidden.ask('Two: '), await hidden.ask('Three: ')]).toEqual([
    'first secret',
    'second secret',
    null,
  ]);
  hidden.close();
  expect(write.mock.calls.flat()).toEqual(['One: ', 'Two: ', 'Three: ']);
  expect(log.mock.calls.flat()).toEqual([]);
});
