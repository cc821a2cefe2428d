import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, it } from '@jest/globals';

import { listen } from '../../local/port-in-use.ts';
import { outputOf } from '../support/command-output.ts';

const other = createServer();
const server = createServer();
let usedPort: number;

beforeEach(async () => {
  await once(other.listen(0, '127.0.0.1'), 'listening');
  usedPort = (other.address() as AddressInfo).port;
});
afterEach(() => {
  other.close();
  server.close();
});

/** Makes the server listen. Returns its port, the output, and the error message. */
async function listened(port: number, orOther: boolean) {
  let result = NaN;
  const { output, error } = await outputOf(async () => {
    result = await listen(server, port, orOther);
  });
  return { port: result, output, error };
}

it('takes another port and prints it if a program uses the default port', async () => {
  const { port, output } = await listened(usedPort, true);
  expect(port).not.toBe(usedPort);
  expect((server.address() as AddressInfo).port).toBe(port);
  expect(output).toBe(
    `Port ${usedPort} is in use by another program. The stand-in for Zapier listens on port ${port} instead.\n`,
  );
});

it('fails if a program uses the chosen port', async () => {
  expect(await listened(usedPort, false)).toMatchObject({
    error: `Port ${usedPort} is in use. Stop the program that listens on it, or choose another port: PORT=4001 npm start`,
    output: '',
  });
});

it('returns the port that the system has assigned', async () => {
  const { port, output } = await listened(0, false);
  expect((server.address() as AddressInfo).port).toBe(port);
  expect(output).toBe('');
});
