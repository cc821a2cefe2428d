import { describe, expect, it } from '@jest/globals';

import { portFrom, privateKeyFrom, startCommand } from '../../local/environment.ts';

describe('the port of the stand-in for Zapier', () => {
  it.each([
    [undefined, 4000],
    ['', 4000],
    ['0', 0],
    ['65535', 65_535],
  ])('is read from PORT: %j', (PORT, port) => {
    expect(portFrom({ PORT })).toBe(port);
    expect(startCommand(port)).toBe(port === 4000 ? 'npm start' : `PORT=${port} npm start`);
  });

  it.each(['http', '65536', '-1', '4e3', '4000.5'])('must be a port number: %s', (PORT) => {
    expect(() => portFrom({ PORT })).toThrow(`PORT must be a port number from 0 to 65535, not "${PORT}".`);
  });
});

it.each([
  [' a-key ', 'a-key'],
  [' ', 'demo-private-key-of-nobodys-integration0'],
  [undefined, 'demo-private-key-of-nobodys-integration0'],
])('the private key is a demo key unless TUTORCRUNCHER_PRIVATE_KEY contains another: %j', (key, expected) => {
  expect(privateKeyFrom({ TUTORCRUNCHER_PRIVATE_KEY: key })).toBe(expected);
});
