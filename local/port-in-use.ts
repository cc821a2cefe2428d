/** Makes a server listen on a port that another program might already use. */

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { types } from 'node:util';

import { CommandError, messageOf } from './command-error.ts';
import { HOST, startCommand } from './environment.ts';
import { print } from './terminal.ts';

/**
 * Makes a server listen on a port.
 *
 * @param orOther - true to listen on a different port, and print the number of this port, if another program uses the
 * port
 * @returns the port that the server listens on
 * @throws {CommandError} if the server cannot listen
 */
export async function listen(server: Server, port: number, orOther: boolean): Promise<number> {
  try {
    await once(server.listen(port, HOST), 'listening');
  } catch (error) {
    const isInUse = types.isNativeError(error) && 'code' in error && error.code === 'EADDRINUSE';
    if (!isInUse) throw new CommandError(`Could not listen on port ${port}: ${messageOf(error)}`);
    if (!orOther) {
      throw new CommandError(
        `Port ${port} is in use. Stop the program that listens on it, or choose another port: ${startCommand(port === 4001 ? 4002 : 4001)}`,
      );
    }
    const other = await listen(server, 0, false);
    print(`Port ${port} is in use by another program. The stand-in for Zapier listens on port ${other} instead.`);
    return other;
  }
  return (server.address() as AddressInfo).port;
}
