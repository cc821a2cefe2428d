/** The `check` command, which reports each mistake in an installation with advice. */

import { once } from 'node:events';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer as createSecureServer } from 'node:tls';

import { describe, expect, it } from '@jest/globals';

import { freePort } from '../../harness/free-port.ts';
import { CHANNEL, REGISTRATION_SECRET } from '../../harness/sample-delivery.ts';
import { startAdminRelay } from '../support/admin-relay.ts';
import { CheckedInstallation } from '../support/checked-installation.ts';
import { EXPIRED_CERTIFICATE } from '../support/expired-certificate.ts';

const HOUR_MS = 3_600_000;
const installation = new CheckedInstallation();

describe('check', () => {
  it('prints one line for each check of an installation without problems', async () => {
    const text = await installation.checked();
    expect(text.match(/^ok {7}(?=[a-z])/gim)).toHaveLength(12);
    expect(text).not.toContain('PROBLEM');
    // Only a running relay migrates its SQLite file, so the tables are not checked.
    expect(text).not.toContain('database');
    expect(await installation.checked(true)).toMatch(/^ok {7}database /m);
    expect(text).not.toContain(REGISTRATION_SECRET);
  });

  const set = (name: string, value: string) => (): void => {
    installation.environment[`RELAY_${name}`] = value;
  };
  const respond = (body: unknown, clockErrorMs?: number) => (): void => {
    installation.answer = { body, ...(clockErrorMs && { date: new Date(Date.now() - clockErrorMs).toUTCString() }) };
  };
  const READY = { status: 'ready', proxy: 'trusted' };
  it.each<[mistake: string, make: () => void, message: RegExp]>([
    ['a secret that is too short', set('REGISTRATION_SECRET', 'short'), /^PROBLEM {2}settings .* 20/],
    ['a missing secret', set('REGISTRATION_SECRET', ''), /RELAY_REGISTRATION_SECRET is missing/],
    [
      'a relay that is not running',
      respond('x'),
      /relay {8}The relay is not running: nothing listens on 127\.0\.0\.1:/,
    ],
    ['a relay that is not ready', respond({ detail: 'The disk is full.' }), /readiness {4}The disk is full\./],
    [
      'a proxy that is not trusted',
      respond({ ...READY, proxy: 'untrusted', proxy_address: '10.1.2.3' }),
      /Set RELAY_TRUST_PROXY to its address, 10\.1\.2\.3,/,
    ],
    ['a missing proxy', respond({ ...READY, proxy: 'none' }), /set the header X-Forwarded-For/],
    [
      'a header without a client address',
      () => {
        set('CLIENT_ADDRESS_HEADER', 'Fly-Client-IP')();
        respond({ ...READY, proxy: 'none' })();
      },
      /in the header fly-client-ip\. Correct RELAY_CLIENT_ADDRESS_HEADER\./,
    ],
    ['a slow clock', respond(READY, -HOUR_MS - 30_000), /The clock is 1 h slow/],
    ['a fast clock', respond(READY, HOUR_MS + 30_000), /The clock is 1 h fast/],
    [
      'a port in use',
      () => (installation.environment.RELAY_PORT = new URL(installation.server.origin).port),
      /cannot be used \(EADDRINUSE\)/,
    ],
    [
      'a missing file of channels',
      set('CHANNELS_FILE', '/no/file'),
      /settings .*CHANNELS_FILE cannot be read \(ENOENT\)/,
    ],
  ])('says what to do about %s', async (_mistake, make, message) => {
    make();
    const found = await installation.problems();
    expect(found).toMatch(message);
    expect(found).not.toContain('undefined');
    expect(found).not.toContain('\n');
  });

  it.each<[mistake: string, make: () => void, message: RegExp]>([
    ['a name that does not resolve', set('ORIGIN', 'https://x.invalid'), /Create a DNS record/],
    [
      'a server without TLS',
      () => (installation.environment.RELAY_ORIGIN = installation.server.origin.replace('http', 'https')),
      /not respond/,
    ],
    ['another server', respond('x'), /does not lead to a relay\. Make the proxy forward requests to 127\.0\.0\.1:/],
  ])('says what to do about %s, even if the relay is not running', async (_mistake, make, message) => {
    make();
    const found = await installation.problems(true);
    expect(found).toMatch(message);
    expect(found).not.toContain('\n');
    expect(await installation.problems()).toContain('The relay is not running: nothing listens on');
  });

  it('reports the checks that depend on a failed check as not checked', async () => {
    respond('x')();
    expect((await installation.checked()).match(/^(?:-|PROBLEM) .*$/gm)).toEqual([
      '-        public name  Not checked. Start the relay first.',
      '-        readiness    Not checked. Start the relay first.',
      '-        proxy        Not checked. Start the relay first.',
      expect.stringMatching(/^PROBLEM {2}relay /),
    ]);
    respond(READY)();
    installation.environment.RELAY_ORIGIN = 'https://x.invalid';
    expect((await installation.checked(true)).match(/^- .*$/gm)).toEqual([
      '-        readiness    Not checked. Correct the public name first.',
      '-        proxy        Not checked. Correct the public name first.',
    ]);
    installation.environment.RELAY_ORIGIN = installation.server.origin;
    respond({ detail: 'The disk is full.' })();
    installation.disk = { freeBytes: 0, bytes: 5e9 };
    expect((await installation.checked()).match(/^(?:-|PROBLEM) .*$/gm)).toEqual([
      '-        readiness    The relay is not ready, because of the problem with its disk or database.',
      '-        proxy        Not checked, because the relay is not ready.',
      expect.stringMatching(/^PROBLEM {2}disk /),
    ]);
  });

  it('says that a proxy has no certificate for the name', async () => {
    // Caddy ends the handshake with this TLS alert, internal_error.
    const alert = Buffer.from([0x15, 3, 3, 0, 2, 2, 80]);
    const proxy = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(alert));
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    installation.environment.RELAY_ORIGIN = `https://localhost:${(proxy.address() as AddressInfo).port}`;
    const found = await installation.problems(true);
    proxy.close();
    expect(found).toMatch(/public name {2}The proxy responds, but has no certificate for https:\/\/localhost/);
    expect(found).toContain('journalctl --unit=caddy');
    expect(found).not.toMatch(/Start the proxy|\n/);
  });

  it('says that a certificate is invalid', async () => {
    const proxy = createSecureServer(EXPIRED_CERTIFICATE);
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const origin = `https://localhost:${(proxy.address() as AddressInfo).port}`;
    installation.environment.RELAY_ORIGIN = origin;
    const found = await installation.problems(true);
    proxy.close();
    expect(found).toMatch(
      /^PROBLEM {2}public name {2}The certificate of https:\/\/localhost:\d+ is invalid \(\w+\), so Zapier refuses it\. Check the log of the proxy\.$/,
    );
  });

  it('says that the service cannot read the file of channels, although root can', async () => {
    const file = join(installation.store, 'channels');
    writeFileSync(file, `${CHANNEL}\n`, { mode: 0o600 });
    installation.environment.RELAY_CHANNELS_FILE = file;
    expect(await installation.problems()).toBe('');
    installation.environment.COMMAND_NAME = 'tutorcruncher-relay';
    expect(await installation.problems()).toMatch(/^PROBLEM {2}settings .*Run "chmod o\+r .*channels"/);
    expect(await installation.problems(true)).toBe('');
    chmodSync(file, 0o644);
    expect(await installation.problems()).toBe('');
    // Only root can make another user the owner of the store's folder.
    if (process.getuid?.() === 0) {
      chmodSync(file, 0o600);
      delete installation.environment.COMMAND_NAME;
      chownSync(installation.store, 7, 7);
      expect(await installation.problems()).toMatch(/^PROBLEM {2}settings .*Run "chmod o\+r .*channels"/);
      installation.environment.COMMAND_NAME = 'tutorcruncher-relay';
    }
    installation.environment.RELAY_CHANNELS_FILE = '/home/me/channels';
    expect(await installation.problems()).toMatch(
      /^PROBLEM {2}settings .*systemd hides \/home\/me\/channels .*Move the file to \/etc\.$/,
    );
  });

  it('says that Zapier cannot be reached', async () => {
    const found = await installation.problems(false, `http://127.0.0.1:${await freePort()}`);
    expect(found).toMatch(/^PROBLEM {2}Zapier .*ECONNREFUSED.*so no Zap receives events/);
    expect(found).not.toContain('\n');
  });

  it('shows the pauses of a running relay', async () => {
    installation.pauses = { count: 0, newest: null };
    expect(await installation.checked(true)).toMatch(/^ok {7}pauses {7}The relay has run without pauses/m);
    installation.pauses = { count: 1, newest: { since: Date.now(), ms: 90_000, isOfMachine: false } };
    expect(await installation.problems(true)).toMatch(/^PROBLEM {2}pauses {7}The relay did not run: /);
  });

  it('does not use the port of a running relay', async () => {
    installation.environment.RELAY_PORT = new URL(installation.server.origin).port;
    expect(await installation.problems(true)).toBe('');
  });

  it('is carried out by a running relay, with the settings of the relay', async () => {
    const relay = await startAdminRelay({
      RELAY_ADMIN_SOCKET: join(installation.folder, 'check.sock'),
      RELAY_SQLITE_PATH: join(installation.folder, 'running.sqlite'),
    });
    // The relay runs in this process, whose environment lacks the variables of a relay.
    expect(await relay.run('check')).toEqual({ code: 1, output: expect.stringContaining('RELAY_ORIGIN is missing.') });
    await relay.stop();
  });
});
