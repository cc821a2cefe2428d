/** The rule that tests look up only host names of this machine. */

import { lookup } from 'node:dns';

import { expect, it } from '@jest/globals';

const lookUp = (host: string): Promise<string> =>
  new Promise((resolve, reject) => {
    lookup(host, (error, address) => {
      if (error) reject(error);
      else resolve(address);
    });
  });

it('fails at once for another host, also in fetch', async () => {
  await expect(lookUp('app.tutorcruncher.com')).rejects.toThrow('getaddrinfo ENOTFOUND app.tutorcruncher.com');
  await expect(fetch('https://app.tutorcruncher.com/')).rejects.toMatchObject({ cause: { code: 'ENOTFOUND' } });
});

it.each(['localhost', '127.0.0.1', '::1'])('works for %s', async (host) => {
  expect(await lookUp(host)).toMatch(/^(?:127\.0\.0\.1|::1)$/);
});
