import { once } from 'node:events';
import { createServer } from 'node:http';

import { expect, it } from '@jest/globals';

import { freePort } from '../../relay/harness/free-port.ts';
import { runToEnd } from '../support/npm-start.ts';

it('exits with code 1 and one line if the stand-ins cannot start', async () => {
  const port = String(await freePort());
  const inUse = createServer();
  await once(inUse.listen(Number(port), '127.0.0.1'), 'listening');
  const cases: [environment: Record<string, string>, message: RegExp][] = [
    [
      { PORT: port },
      new RegExp(`^Port ${port} is in use\\. Stop the program that listens on it, or choose another port:`),
    ],
    [{ PORT: 'http' }, /^PORT must be a port number from 0 to 65535, not "http"\.$/],
    [
      { PORT: '0', TMPDIR: '/no/such/folder' },
      /^Could not create a temporary folder in \/no\/such\/folder: .* Set TMPDIR to a folder that is writable\.$/,
    ],
  ];
  const runs = await Promise.all(cases.map(([environment]) => runToEnd([], environment)));
  inUse.close();
  for (const [index, { code, errors }] of runs.entries()) {
    expect(errors.trim()).toMatch(cases[index]?.[1] ?? '');
    expect([code, errors.trim().split('\n').length]).toEqual([1, 1]);
  }
});
