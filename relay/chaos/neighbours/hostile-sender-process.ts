/**
 * A process that sends large requests over plain sockets. It is separate from the run's process, so that building and
 * sending them does not disturb the measurements.
 */

import { connect } from 'node:net';

import type { HostilePlan, HostileResponse } from './hostile-sender.ts';

/** Returns the middle of a body: the unit, repeated, with `%` replaced by a sequence number. */
function fillerOf({ prefix, unit, suffix, bytes }: NonNullable<HostilePlan['body']>): Buffer {
  const length = bytes - prefix.length - suffix.length;
  if (!unit.includes('%')) return Buffer.alloc(Math.floor(length / unit.length) * unit.length, unit);
  const parts: string[] = [];
  let size = 0;
  for (let number = 0; ; number++) {
    const part = unit.replace('%', String(number));
    size += part.length;
    if (size > length) return Buffer.from(parts.join(''));
    parts.push(part);
  }
}

function send(plan: HostilePlan, filler: Buffer, index: number): Promise<HostileResponse> {
  const { port, head, body, isFinished = true, isChunked = false, holdMs } = plan;
  const start = performance.now();
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let response = '';
    let received = 0;
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      const [, status] = /^HTTP\/1\.1 (\d+)/.exec(response) ?? [];
      const [, retryAfter] = /^retry-after: *(\S+)/im.exec(response) ?? [];
      resolve({
        status: Number(status ?? 0),
        hasRetryAfter: retryAfter !== undefined,
        milliseconds: performance.now() - start,
        bytes: received,
      });
    };
    const timer = setTimeout(end, holdMs);
    let isSent = false;
    const endIfAnswered = () => {
      if (isSent && received > 0) end();
    };
    socket.on('data', (chunk) => {
      if (received === 0) response = chunk.toString('latin1');
      received += chunk.length;
      endIfAnswered();
    });
    socket.on('error', () => undefined);
    socket.on('close', end);
    if (!body) {
      socket.write(`${head}\r\nConnection: close\r\n\r\n`);
      return;
    }
    const prefix = body.prefix.replace('#', `${process.pid}-${index}-${start}`);
    const length = prefix.length + filler.length + body.suffix.length;
    const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
    socket.write(`${head}\r\n${framing}\r\n\r\n`);
    if (isChunked) socket.write(`${length.toString(16)}\r\n`);
    socket.write(prefix);
    socket.write(filler);
    if (!isFinished) return;
    // The request has no "Connection: close" header, because the relay might then close the connection before the whole
    // body is sent, and the response would be lost.
    socket.write(`${body.suffix}${isChunked ? '\r\n0\r\n\r\n' : ''}`, () => {
      isSent = true;
      endIfAnswered();
    });
  });
}

let sendAll: () => Promise<HostileResponse[]> = () => Promise.resolve([]);

process.on('message', (message: HostilePlan | 'send') => {
  if (message === 'send') {
    void sendAll().then((responses) => process.send?.(responses));
    return;
  }
  const filler = message.body ? fillerOf(message.body) : Buffer.alloc(0);
  const indices = Array.from({ length: message.count }, (_, index) => index);
  sendAll = () => Promise.all(indices.map((index) => send(message, filler, index)));
  process.send?.('prepared');
});
process.on('disconnect', () => process.exit());
