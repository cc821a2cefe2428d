/** The routes that serve the console's page and its files. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { PageFile } from '../console-page.ts';
import { notFound } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

/** Path of the page. Its files are below it. */
const PAGE_PATH = '/console';

/** Trusted Types turn every attempt to parse text as HTML into an error, because strangers may choose names on the page. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/** Browsers may cache a file for a year, because its name changes with its contents. */
const FILE_CACHING = 'public, max-age=31536000, immutable';

function sendFile({ headers }: FastifyRequest, reply: FastifyReply, { contentType, body, gzipped }: PageFile) {
  const acceptsGzip = /\bgzip\b/.test(headers['accept-encoding'] ?? '');
  void reply.type(contentType).header('vary', 'accept-encoding');
  return acceptsGzip ? reply.header('content-encoding', 'gzip').send(gzipped) : reply.send(body);
}

export function consolePageRoutes(app: FastifyInstance, { consolePage }: ServerOptions): void {
  const files = new Map(consolePage?.map((file) => [file.name, file]));
  const index = files.get('index.html');
  files.delete('index.html');

  app.get(PAGE_PATH, (request, reply) => {
    if (!index) {
      throw notFound(
        'The console has not been built. Operator of the relay: run "npm run build:relay", and restart it.',
      );
    }
    void reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': PAGE_POLICY,
      'referrer-policy': 'no-referrer',
    });
    return sendFile(request, reply, index);
  });

  for (const file of files.values()) {
    app.get(`${PAGE_PATH}/${file.name}`, (request, reply) =>
      sendFile(request, reply.header('cache-control', FILE_CACHING), file),
    );
  }
}
