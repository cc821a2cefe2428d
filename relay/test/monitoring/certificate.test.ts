/** The certificate of the relay's public name, whose expiry the operator must monitor. */

import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../../harness/durations.ts';
import { freePort } from '../../harness/free-port.ts';
import { until } from '../../harness/until.ts';
import { certificateTimeLeft } from '../../monitoring/certificate.ts';
import { createMachine } from '../../monitoring/machine.ts';
import { EXPIRED_CERTIFICATE, VALID_FROM, VALID_TO } from '../support/expired-certificate.ts';

describe('the certificate of the public name', () => {
  let server: Server;
  let origin: string;
  /** Number of connections that a test has made. */
  let connections: number;
  /** The connections that are open. */
  const open = new Set<Socket>();

  beforeAll(async () => {
    server = createServer(EXPIRED_CERTIFICATE);
    server.on('connection', (socket: Socket) => {
      connections++;
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    connections = 0;
  });
  afterAll(() => {
    server.close();
  });

  it('has a fraction of its validity left, which is negative after its expiry', async () => {
    expect(await certificateTimeLeft(origin, VALID_FROM)).toBe(1);
    expect(await certificateTimeLeft(origin, VALID_TO - DAY)).toBe(0.1);
    expect(await certificateTimeLeft(origin, VALID_TO + DAY)).toBe(-0.1);
    await until(() => open.size === 0);
  });

  it('is unknown without TLS and without a connection', async () => {
    expect(await certificateTimeLeft(origin.replace('https', 'http'), VALID_FROM)).toBeNull();
    expect(connections).toBe(0);
    expect(await certificateTimeLeft(`https://localhost:${await freePort()}`, VALID_FROM)).toBeNull();
  });

  it('is read once an hour, while the metrics show the last known value', async () => {
    let now = VALID_FROM;
    const machine = createMachine({ databaseUrl: null, sqlitePath: '', backupFolder: null, origin }, () => now);
    expect([machine.host, machine.certificateTimeLeft()]).toEqual(['localhost', null]);
    await until(() => machine.certificateTimeLeft() === 1);
    now += HOUR - 1;
    expect(machine.certificateTimeLeft()).toBe(1);
    now += 1;
    expect(machine.certificateTimeLeft()).toBe(1);
    await until(() => machine.certificateTimeLeft() === 1 - HOUR / (VALID_TO - VALID_FROM));
    expect(connections).toBe(2);
  });
});
