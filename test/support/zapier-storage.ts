/** Stand-in for Zapier's storage of files. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, json } from 'node:stream/consumers';

import { isJsonObject } from '../../wire/json.ts';

/** A file that a hydrator has stored. */
export interface StoredFile {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** A listening storage. */
export interface ZapierStorage {
  /** The part of a hydrator's event that tells zapier-platform-core where to store files. */
  readonly event: { readonly rpc_base: string };
  readonly files: readonly StoredFile[];
  readonly stop: () => Promise<void>;
}

/** Returns the file in a `multipart/form-data` body, whose last part contains the file. */
function uploadedFile(body: Buffer): StoredFile {
  const start = body.indexOf('name="file"');
  const contentAt = body.indexOf('\r\n\r\n', start) + 4;
  const head = body.subarray(start, contentAt).toString();
  const boundary = body.subarray(0, body.indexOf('\r\n'));
  return {
    name: /filename="([^"]*)"/.exec(head)?.[1] ?? '',
    contentType: /content-type: *(\S+)/i.exec(head)?.[1] ?? '',
    bytes: body.subarray(contentAt, body.lastIndexOf(boundary) - 2),
  };
}

/** Starts a storage on a free port of this machine. */
export async function startZapierStorage(): Promise<ZapierStorage> {
  const files: StoredFile[] = [];
  const { ZAPIER_DEPLOY_KEY: deployKey } = process.env;
  const server = createServer((request, response) => {
    const respond = async (): Promise<void> => {
      if (request.url === '/rpc') {
        const call = await json(request);
        const id = isJsonObject(call) ? call.id : null;
        const result = { url: `${origin()}/upload`, fields: { key: `file-${files.length + 1}` } };
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ id, result }));
        return;
      }
      files.push(uploadedFile(await buffer(request)));
      response.writeHead(204).end();
    };
    respond().catch(() => response.destroy());
  });
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Core identifies itself with a token or a deploy key. With a token, it would also send its log to Zapier.
  process.env.ZAPIER_DEPLOY_KEY = 'stand-in';
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    event: { rpc_base: `${origin()}/rpc` },
    files,
    stop: async () => {
      if (deployKey === undefined) delete process.env.ZAPIER_DEPLOY_KEY;
      else process.env.ZAPIER_DEPLOY_KEY = deployKey;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
