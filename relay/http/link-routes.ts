/** The routes that create links to the console of a channel. */

import type { FastifyPluginCallback } from 'fastify';

import {
  DATA_KEYS_PATH,
  LINK_HOURS,
  LINKS_PATH,
  MAX_LINK_KEY_BYTES,
  MAX_LINK_KEYS,
  MAX_LINKS,
  MAX_VERDICTS,
  type DataKeysResponse,
  type LinkRequest,
  type LinkResponse,
} from '../../wire/link-api.ts';
import { HOUR_MS } from '../clock.ts';
import { notRegistered, registeredChannel } from './authorization.ts';
import type { ServerOptions } from './server-options.ts';
import { BYTES_32, strictObject, UUID, WHOLE_NUMBER } from './schemas.ts';

const LINK_KEY = strictObject(
  {
    key_id: UUID,
    wrapped_key: { type: 'string', pattern: '^[A-Za-z0-9+/]+={0,2}$', maxLength: (MAX_LINK_KEY_BYTES / 3) * 4 },
  },
  ['key_id', 'wrapped_key'],
);

const VERDICT = strictObject({ delivery_id: UUID, received_at: WHOLE_NUMBER, is_valid: { type: 'boolean' } }, [
  'delivery_id',
  'received_at',
  'is_valid',
]);

const LINK_SCHEMA = {
  body: strictObject(
    {
      access_token_hash: BYTES_32,
      keys: { type: 'array', maxItems: MAX_LINK_KEYS, items: LINK_KEY },
      verdict: { ...VERDICT, type: ['object', 'null'] },
      verdicts: { type: 'array', maxItems: MAX_VERDICTS, items: VERDICT },
    },
    ['access_token_hash', 'keys', 'verdict'],
  ),
};

export const linkRoutes: FastifyPluginCallback<ServerOptions> = (app, options, done) => {
  const { store } = options;

  app.get(DATA_KEYS_PATH, async (request): Promise<DataKeysResponse> => {
    const keys = await store.dataKeys(await registeredChannel(request, options), MAX_LINK_KEYS);
    return {
      keys: keys.map(({ keyId, wrappedKey }) => ({ key_id: keyId, wrapped_key: wrappedKey.toString('base64') })),
    };
  });

  app.post<{ Body: LinkRequest }>(LINKS_PATH, { schema: LINK_SCHEMA }, async (request, reply) => {
    const channel = await registeredChannel(request, options);
    const { access_token_hash: tokenHash, ...contents } = request.body;
    const expiresAt = await store.addLink(channel, { tokenHash, ...contents }, LINK_HOURS * HOUR_MS, MAX_LINKS);
    // Nobody can know the hash of another channel's link, so the channel must have been deleted during the request.
    if (expiresAt === null) throw notRegistered();
    const response: LinkResponse = { expires_at: expiresAt };
    return reply.code(201).send(response);
  });
  done();
};
