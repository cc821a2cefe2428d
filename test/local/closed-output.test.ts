import { afterEach, expect, it, jest } from '@jest/globals';

import { onClosedOutput } from '../../local/closed-output.ts';

const streams = [process.stdout, process.stderr];
const before = streams.map((stream) => stream.listeners('error'));
afterEach(() => {
  for (const [index, stream] of streams.entries()) {
    const added = stream.listeners('error').filter((listener) => !before[index]?.includes(listener));
    for (const listener of added) stream.off('error', listener as () => void);
  }
});

const failure = (code: string) => Object.assign(new Error(code), { code });

it.each(['stdout', 'stderr'] as const)(
  'calls the function if the reader closes %s, and throws other errors',
  (name) => {
    const handle = jest.fn();
    onClosedOutput(handle);
    process[name].emit('error', failure('EPIPE'));
    expect(handle).toHaveBeenCalledTimes(1);
    expect(() => process[name].emit('error', failure('ENOSPC'))).toThrow('ENOSPC');
    expect(handle).toHaveBeenCalledTimes(1);
  },
);
