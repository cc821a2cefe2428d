/** Settings of the local stand-ins, read from the environment. */

import { CommandError } from './command-error.ts';

/** The address on which all stand-ins listen. */
export const HOST = '127.0.0.1';

const DEFAULT_PORT = 4000;
const DEMO_KEY = 'demo-private-key-of-nobodys-integration0';

/** Returns the port of the stand-in for Zapier. @throws {CommandError} if `PORT` is not a port number */
export function portFrom(environment: NodeJS.ProcessEnv): number {
  const text = environment.PORT || String(DEFAULT_PORT);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new CommandError(`PORT must be a port number from 0 to 65535, not "${text}".`);
  }
  return port;
}

/** Returns the private key that signs and checks deliveries. */
export const privateKeyFrom = (environment: NodeJS.ProcessEnv): string =>
  environment.TUTORCRUNCHER_PRIVATE_KEY?.trim() || DEMO_KEY;

/** Returns the shell command that starts the stand-ins on a port, without arguments. */
export const startCommand = (port: number): string => (port === DEFAULT_PORT ? 'npm start' : `PORT=${port} npm start`);
