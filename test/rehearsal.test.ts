/** The parts of the release rehearsal that RELEASING.md repeats. `npm run release:rehearse` runs the rehearsal. */

import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { freePort } from '../relay/harness/free-port.ts';
import { startTargetServer } from '../relay/harness/target-server.ts';
import { describeWithCaddy, startCaddy } from '../relay/test/running-caddy.ts';
import { isCopied } from '../scripts/rehearsal/project-copy.ts';
import { expectReachable } from '../scripts/rehearsal/reachable.ts';
import { REGISTRATION } from '../scripts/rehearsal/release.ts';

const releasing = readFileSync('RELEASING.md', 'utf8');

it('registers the integration with the flags in RELEASING.md', () => {
  const [, shown = ''] = /zapier-platform register ("TutorCruncher" [^`]+)/.exec(releasing) ?? [];
  const words = [...shown.replaceAll('\\\n', '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, word]) => quoted ?? word,
  );
  expect(words).toEqual(REGISTRATION);
});

it('copies a project without sockets, regardless of their names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  const socket = createServer().listen(join(folder, 'admin'));
  try {
    await once(socket, 'listening');
    writeFileSync(join(folder, 'notes.sock'), '');
    writeFileSync(join(folder, 'relay.sqlite-wal'), '');
    expect(readdirSync(folder).filter((name) => isCopied(join(folder, name)))).toEqual(['notes.sock']);
  } finally {
    socket.close();
    rmSync(folder, { recursive: true });
  }
});

it('accepts a relay that is ready', async () => {
  const relay = await startTargetServer((response) => response.end());
  try {
    await expectReachable(relay.origin);
    expect(relay.received.map(({ url }) => url)).toEqual(['/readyz']);
  } finally {
    relay.close();
  }
});

describe('a relay that a rehearsal cannot reach', () => {
  it.each([502, 503, 404])('is reported if status %d is the response', async (status) => {
    const relay = await startTargetServer((response) => {
      response.writeHead(status).end();
    });
    try {
      await expect(expectReachable(relay.origin)).rejects.toThrow(
        `is not ready: its path /readyz responded with status ${status}. Check the URL`,
      );
    } finally {
      relay.close();
    }
  });

  it('is reported if it does not respond in time', async () => {
    const relay = await startTargetServer(() => undefined);
    try {
      await expect(expectReachable(relay.origin, 500)).rejects.toThrow(
        'did not respond within 0.5 seconds. Check that',
      );
    } finally {
      relay.close();
    }
  });

  it('is reported', async () => {
    await expect(expectReachable(`http://127.0.0.1:${await freePort()}`)).rejects.toThrow(
      /cannot be reached from this machine \(ECONNREFUSED\)\. Check the URL/,
    );
  });

  describeWithCaddy('behind Caddy with a certificate of its own authority', () => {
    it('is reported with the variable that makes Node.js trust the authority', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-rehearsal-test-'));
      const caddy = await startCaddy(folder, await freePort(), 'https://localhost');
      try {
        await expect(expectReachable(`https://localhost:${caddy.port}`)).rejects.toThrow(
          /signed by a CA that this machine does not know \(UNABLE_TO_\w+\)\. Set NODE_EXTRA_CA_CERTS/,
        );
      } finally {
        await caddy.stop();
        rmSync(folder, { recursive: true });
      }
    });
  });
});
