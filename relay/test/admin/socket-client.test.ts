/**
 * The requests from a command to the admin socket, and the messages about a relay that does not execute the command.
 */

import { chmodSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Writable } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { CommandFailed, FILE_TYPE, isServed, NoRelay, sendCommand } from '../../admin/socket-client.ts';
import { listenAt } from '../support/stand-in-relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const path = join(temporaryFolder(), 'socket');
let respond: (response: ServerResponse, request: string) => void;
let close: () => Promise<void>;

beforeEach(async () => {
  close = await listenAt(path, (response, request) => {
    respond(response, request);
  });
});
afterEach(() => close());

const send = (target?: Writable, timeoutMs = 60_000) =>
  sendCommand(path, 'skip', { subscription: '1234' }, timeoutMs, target);

describe('a command', () => {
  it.each([
    ['Skipped.', 'Skipped.'],
    [
      { text: 'a table', data: { rows: [] } },
      { text: 'a table', data: { rows: [] }, hasProblem: false },
    ],
    [
      { text: 'PROBLEM', data: {}, hasProblem: true },
      { text: 'PROBLEM', data: {}, hasProblem: true },
    ],
  ])('returns the output of the relay: %j', async (output, returned) => {
    let received = '';
    respond = (response, request) => {
      received = request;
      response.end(JSON.stringify({ output }));
    };
    expect(await send()).toEqual(returned);
    expect(received).toBe('/skip {"subscription":"1234"}');
  });

  it.each([
    [409, '{"detail":"The event was delivered."}', 'The event was delivered.'],
    [200, '{"output":{"text":"without data"}}', 'status 200'],
    [500, '{"output":"Skipped."}', 'status 500'],
    [502, '<html>', 'status 502'],
  ])('fails with the reason of the relay, or with its status: %s %s', async (status, body, message) => {
    respond = (response) => response.writeHead(status).end(body);
    const error: unknown = await send().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CommandFailed);
    expect(error).toMatchObject({ message });
  });

  it('fails with different messages if no relay listens and if a relay does not respond', async () => {
    respond = (response) => response.destroy();
    await expect(send()).rejects.toThrow(/^The relay did not respond \(\w+\)\. Check its log, and then try again\.$/);
    respond = () => undefined;
    await expect(send(undefined, 1)).rejects.toThrow('The relay did not respond (UND_ERR_HEADERS_TIMEOUT).');
    writeFileSync(`${path}.file`, '');
    for (const other of [`${path}.none`, `${path}.file`, `${path}/x`]) {
      const sent = sendCommand(other, 'skip', {}, 60_000);
      await expect(sent).rejects.toBeInstanceOf(NoRelay);
      await expect(sent).rejects.toThrow(`No relay is running at ${other}. Start the relay, or set`);
    }
  });

  it('fails with the advice to use another user if the user may not use the socket', async () => {
    chmodSync(path, 0);
    // Root is allowed to use every socket.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(7);
    try {
      await expect(send()).rejects.toThrow(`This user has no permission to use ${path}. Run the command as`);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

describe('a file in a response', () => {
  let written: string;
  const target = () => {
    written = '';
    return new Writable({
      write: (part: Buffer, _encoding, done) => {
        written += part.toString();
        done();
      },
    });
  };

  it('is written to the standard output, and its size is returned', async () => {
    respond = (response) => response.writeHead(200, { 'content-type': FILE_TYPE, 'content-length': 7 }).end('content');
    const output = target();
    expect(await send(output)).toBe('The backup is complete: 7 bytes. Compare this with the size of the file.');
    expect([written, output.writableEnded]).toEqual(['content', false]);
  });

  it('that is cut off makes the command fail', async () => {
    respond = (response) => {
      response.writeHead(200, { 'content-type': FILE_TYPE, 'content-length': 1000 });
      response.write('content', () => response.destroy());
    };
    await expect(send(target())).rejects.toThrow(
      /^The backup was interrupted \(\w+\)\. Delete the incomplete file, and/,
    );
  });
});

it('a socket counts as served while a process listens on it, or if that is unknown', async () => {
  expect(await isServed(path)).toBe(true);
  expect(await isServed(`${path}.other`)).toBe(false);
  expect(await isServed(`${path}/x`)).toBe(true);
});
