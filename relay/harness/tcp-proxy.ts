import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy that can behave like a broken network. */
export interface TcpProxy {
  readonly port: number;
  /** Closes all connections. */
  readonly cut: () => void;
  /** Drops all bytes from now on, without closing the connections. */
  readonly hold: () => void;
  /** Forwards bytes again. Closes the connections, because some of their bytes were dropped. */
  readonly resume: () => void;
  readonly close: () => void;
}

/** Starts a proxy to a server. */
export async function startTcpProxy(host: string, port: number): Promise<TcpProxy> {
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
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    hold: () => {
      isHeld = true;
    },
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
