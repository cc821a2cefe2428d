import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Starts a TCP proxy to a server. The proxy can behave like a broken network. */
export async function startTcpProxy(host: string, port: number) {
  const sockets = new Set<Socket>();
  let isHeld = false;
  const server = createServer((near) => {
    const far = connect(port, host);
    const forward = (from: Socket, to: Socket): void => {
      sockets.add(from);
      from.on('data', (bytes) => isHeld || to.write(bytes));
      from.on('close', () => sockets.delete(from) && to.destroy());
      from.on('error', () => undefined);
    };
    forward(near, far);
    forward(far, near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  /** Closes all connections. */
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    /** Drops all bytes from now on, without closing the connections. */
    hold: () => {
      isHeld = true;
    },
    /** Forwards bytes again. Closes the open connections, because they have lost bytes. */
    resume: () => {
      isHeld = false;
      cut();
    },
    close: () => {
      server.close();
      cut();
    },
  };
}
