/** Connections on which a test writes HTTP by hand. */

import { connect, type Socket } from 'node:net';

import { until } from '../../harness/until.ts';

const sockets: Socket[] = [];

/** Opens a connection to a server on this machine, and sends texts. */
export const openConnection = (url: string, ...texts: readonly (string | Buffer)[]) =>
  openConnectionFrom('127.0.0.1', url, ...texts);

/** Opens a connection from an address of this machine, in the network 127.0.0.0/8, and sends texts. */
export function openConnectionFrom(localAddress: string, url: string, ...texts: readonly (string | Buffer)[]) {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress }).setEncoding('utf8');
  sockets.push(socket);
  let received = '';
  const statuses: string[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (data: string) => {
    received += data;
    statuses.push(...(data.match(/(?<=^HTTP\/1\.1 )\d+/gm) ?? []));
  });
  for (const text of texts) socket.write(text);
  /** Resolves with the status of a response, by default the first response. */
  const status = async (index = 0) => {
    await until(() => statuses.length > index);
    return statuses[index];
  };
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const connected = new Promise((resolve) => socket.once('connect', resolve));
  return { socket, connected, statuses, received: () => received, closed, status };
}

/** Closes all connections that a test has opened. */
export function closeConnections(): void {
  for (const socket of sockets.splice(0)) socket.destroy();
}

/** Returns the head of a signed POST request. */
export function headOf(path: string, header: string, signature = 'a'.repeat(64)): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nWebhook-Signature: ${signature}\r\n${header}\r\n\r\n`;
}
