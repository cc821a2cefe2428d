/** Requests from an app that was built for another relay. */

import { expect, it } from '@jest/globals';

import { RELAY_ORIGIN_HEADER } from '../../../wire/relay-api.ts';
import { REGISTRATION } from '../../harness/relay-requests.ts';
import { ORIGIN, TOKEN } from '../../harness/sample-delivery.ts';
import { startedForEachTest } from '../support/test-server.ts';

const start = startedForEachTest();

it.each(['https://other.example.com', 'http://relay.example.com', `${ORIGIN}/`, `${ORIGIN}:8443`, ''])(
  'tells an app that was built for the origin %j the origin of the relay',
  async (built) => {
    const server = await start();
    await server.register();
    for (const [method, body] of [['PUT', JSON.stringify(REGISTRATION)] as const, ['GET', null] as const]) {
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', host: 'internal:4100' };
      const requestFrom = (origin: string) =>
        fetch(`${server.url}/channel`, { method, headers: { ...headers, [RELAY_ORIGIN_HEADER]: origin }, body });
      const refused = await requestFrom(built);
      expect(refused.status).toBe(409);
      expect(await refused.text()).toContain(`The origin of this relay is ${ORIGIN}.`);
      expect((await requestFrom(ORIGIN)).status).toBe(200);
    }
  },
);
