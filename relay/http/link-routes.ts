/** The routes that create links to the console of a channel, and the route that reports signatures. */

import type { FastifyInstance } from 'fastify';

import * as links from '../../wire/link-api.ts';
import { HOUR_MS } from '../clock.ts';
import { notRegistered } from './authorization.ts';
import { BYTES_32, requiredObject, strictObject, UUID, WHOLE_NUMBER } from './schemas.ts';
import type { ServerOptions } from './server-options.ts';

const WRAPPED_KEY = {
  type: 'string',
  pattern: '^[A-Za-z0-9+/]+={0,2}$',
  maxLength: (links.MAX_LINK_KEY_BYTES / 3) * 4,
};
const LINK_KEY = requiredObject({ key_id: UUID, wrapped_key: WRAPPED_KEY });
const VERDICT = requiredObject({ delivery_id: UUID, received_at: WHOLE_NUMBER, is_valid: { type: 'boolean' } });

const VERDICTS = { type: 'array', maxItems: links.MAX_VERDICTS, items: VERDICT } as const;
const SIGNATURES_SCHEMA = { body: requiredObject({ verdicts: VERDICTS }) };

const LINK_SCHEMA = {
  body: strictObject(
    {
      access_token_hash: BYTES_32,
      keys: { type: 'array', maxItems: links.MAX_LINK_KEYS, items: LINK_KEY },
      verdict: { ...VERDICT, type: ['object', 'null'] },
      verdicts: VERDICTS,
    },
    ['access_token_hash', 'keys', 'verdict'],
  ),
};

/** Adds the routes that create links to the console of a channel, and the route that reports signatures. */
export function linkRoutes(app: FastifyInstance, { store, clock }: ServerOptions): void {
  app.get(links.DATA_KEYS_PATH, async ({ channel }): Promise<links.DataKeysResponse> => {
    const keys = await store.dataKeys(channel, links.MAX_LINK_KEYS);
    return {
      keys: keys.map(({ keyId, wrappedKey }) => ({ key_id: keyId, wrapped_key: wrappedKey.toString('base64') })),
    };
  });

  app.post<{ Body: links.LinkRequest }>(links.LINKS_PATH, { schema: LINK_SCHEMA }, async ({ channel, body }, reply) => {
    const { access_token_hash: tokenHash, ...contents } = body;
    const link = { tokenHash, ...contents };
    const expiresAt = await store.addLink(channel, link, links.LINK_HOURS * HOUR_MS, links.MAX_LINKS);
    // Links of other channels cannot have this hash, so the channel must have been deleted during the request.
    if (expiresAt === null) throw notRegistered();
    const { verdict, verdicts = [] } = body;
    await store.noteVerdicts(channel, verdicts.length > 0 || !verdict ? verdicts : [verdict], false, clock.now());
    return reply.code(201).send({ expires_at: expiresAt } satisfies links.LinkResponse);
  });

  app.post<{ Body: links.SignaturesRequest }>(
    links.SIGNATURES_PATH,
    { schema: SIGNATURES_SCHEMA },
    async ({ channel, body }, reply) => {
      await store.noteVerdicts(channel, body.verdicts, true, clock.now());
      return reply.code(204).send();
    },
  );
}
