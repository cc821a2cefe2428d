import { Readable } from 'node:stream';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';

import { post, RequestTimeout } from '../delivery/post-request.ts';
import { startTargetServer, type TargetServer } from '../harness/target-server.ts';

describe('post', () => {
  let server: TargetServer;
  let agent: Agent;
  let respond: Parameters<typeof startTargetServer>[0];

  beforeAll(async () => {
    server = await startTargetServer((...args) => respond?.(...args));
    agent = new Agent({ connections: 1, headersTimeout: 200 });
  });
  afterEach(() => {
    server.received.length = 0;
  });
  afterAll(async () => {
    await agent.destroy();
    server.close();
  });
  const send = (timeoutMs = 5_000, body: Readable | Buffer = Buffer.from('x')) =>
    post(agent, { url: `${server.origin}/a?b=c`, headers: { 'x-name': 'value' }, body, timeoutMs });

  it('sends the path, the headers and the body, and returns the final status', async () => {
    respond = (response) => {
      response.writeProcessing();
      response.writeHead(201, { 'retry-after': '7' }).end('created');
    };
    expect(await send()).toMatchObject({ status: 201, headers: { 'retry-after': '7' } });
    expect(server.received).toMatchObject([{ url: '/a?b=c', headers: { 'x-name': 'value' }, body: Buffer.from('x') }]);
  });

  it('rejects a request that has waited for a connection until its time limit, and never sends it', async () => {
    let release: () => void = () => undefined;
    respond = (response) => {
      release = () => response.end();
    };
    const first = send();
    const body = Readable.from(['x']);
    await expect(send(50, body)).rejects.toThrow(RequestTimeout);
    expect(body.destroyed).toBe(true);
    release();
    expect(await first).toMatchObject({ status: 200 });
    respond = (response) => response.end();
    await send();
    expect(server.received).toHaveLength(2);
  });

  it('rejects with the error of undici if no status arrives', async () => {
    respond = () => undefined;
    await expect(send()).rejects.toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' });
    respond = (response) => response.destroy();
    await expect(send()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
  });
});
