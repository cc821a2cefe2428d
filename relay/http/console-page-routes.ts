/** The routes that serve the console's page and its files. */

import type { FastifyInstance } from 'fastify';

import { CONSOLE_PATH } from '../../wire/console-api.ts';
import { notFound } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

/**
 * The content security policy of the page. Trusted Types turn every attempt to parse text as HTML into an error,
 * because the page shows names that strangers can choose.
 */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const PAGE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': PAGE_POLICY,
  'referrer-policy': 'no-referrer',
};

/** Headers that allow browsers to cache a file for a year, because the name of a file changes with its contents. */
const FILE_HEADERS = { 'cache-control': 'public, max-age=31536000, immutable' };

/** Adds a route for the page, and routes for its files below the page's path. */
export function consolePageRoutes(app: FastifyInstance, { consolePage }: ServerOptions): void {
  if (!consolePage) {
    app.get(CONSOLE_PATH, () => {
      throw notFound(
        'The console has not been built. Operator of the relay: run "npm run build:relay", and restart it.',
      );
    });
  }
  for (const { name, contentType, body, gzipped } of consolePage ?? []) {
    const isPage = name === 'index.html';
    app.get(isPage ? CONSOLE_PATH : `${CONSOLE_PATH}/${name}`, ({ headers }, reply) => {
      void reply.type(contentType).headers({ vary: 'accept-encoding', ...(isPage ? PAGE_HEADERS : FILE_HEADERS) });
      const acceptsGzip = /\bgzip\b/.test(headers['accept-encoding'] ?? '');
      return acceptsGzip ? reply.header('content-encoding', 'gzip').send(gzipped) : reply.send(body);
    });
  }
}
