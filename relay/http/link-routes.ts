/** The routes that create links to the console of a channel. */

import type { FastifyInstance } from 'fastify';

import * as wire from '../../wire/link-api.ts';
import { HOUR_MS } from '../clock.ts';
import { notRegistered, registeredChannel } from './authorization.ts';
import type { ServerOptions } from './server-options.ts';
import { BYTES_32, requiredObject, strictObject, UUID, WHOLE_NUMBER } from './schemas.ts';

const WRAPPED_KEY = { type: 'string', pattern: '^[A-Za-z0-9+/]+={0,2}$', maxLength: (wire.MAX_LINK_KEY_BYTES / 3) * 4 };
const LINK_KEY = requiredObject({ key_id: UUID, wrapped_key: WRAPPED_KEY });
const VERDICT = requiredObject({ delivery_id: UUID, received_at: WHOLE_NUMBER, is_valid: { type: 'boolean' } });

const LINK_SCHEMA = {
  body: strictObject(
    {
      access_token_hash: BYTES_32,
      keys: { type: 'array', maxItems: wire.MAX_LINK_KEYS, items: LINK_KEY },
      verdict: { ...VERDICT, type: ['object', 'null'] },
      verdicts: { type: 'array', maxItems: wire.MAX_VERDICTS, items: VERDICT },
    },
    ['access_token_hash', 'keys', 'verdict'],
  ),
};

export function linkRoutes(app: FastifyInstance, options: ServerOptions): void {
  const { store } = options;

  app.get(wire.DATA_KEYS_PATH, async (request): Promise<wire.DataKeysResponse> => {
    const keys = await store.dataKeys(await registeredChannel(request, options), wire.MAX_LINK_KEYS);
    return {
      keys: keys.map(({ keyId, wrappedKey }) => ({ key_id: keyId, wrapped_key: wrappedKey.toString('base64') })),
    };
  });

  app.post<{ Body: wire.LinkRequest }>(wire.LINKS_PATH, { schema: LINK_SCHEMA }, async (request, reply) => {
    const channel = await registeredChannel(request, options);
    const { access_token_hash: tokenHash, ...contents } = request.body;
    const expiresAt = await store.addLink(
      channel,
      { tokenHash, ...contents },
      wire.LINK_HOURS * HOUR_MS,
      wire.MAX_LINKS,
    );
    // Nobody can know the hash of another channel's link, so the channel must have been deleted during the request.
    if (expiresAt === null) throw notRegistered();
    return reply.code(201).send({ expires_at: expiresAt } satisfies wire.LinkResponse);
  });
}
