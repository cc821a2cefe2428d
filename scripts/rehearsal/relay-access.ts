/** The relay of a rehearsal, which is either started for the rehearsal or already running. */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { createTemporaryFolder } from '../../local/temporary-folder.ts';
import { freePort } from '../../relay/harness/free-port.ts';
import { startRelayProcess } from '../../relay/harness/relay-process.ts';
import { startTargetServer, type TargetServer } from '../../relay/harness/target-server.ts';

/** A relay, and a server that replaces Zapier's webhook URLs. */
export interface RelayAccess {
  /** Origin of the relay. */
  readonly url: string;
  readonly registrationSecret: string;
  /** Origin at which the relay reaches the server. */
  readonly targetOrigin: string;
  readonly target: TargetServer;
  readonly stop: () => Promise<void>;
}

/** Starts a relay in a separate process. */
export async function startOwnRelay(): Promise<RelayAccess> {
  const registrationSecret = randomBytes(32).toString('hex');
  const target = await startTargetServer();
  const relay = await startRelayProcess({
    port: await freePort(),
    environment: {
      RELAY_REGISTRATION_SECRET: registrationSecret,
      RELAY_SQLITE_PATH: join(createTemporaryFolder(), 'relay.sqlite'),
      RELAY_TARGET_ORIGINS: target.origin,
    },
  });
  process.once('exit', () => relay.child.kill('SIGKILL'));
  const stop = async (): Promise<void> => {
    await relay.kill('SIGTERM');
    target.close();
  };
  return { url: relay.url, registrationSecret, target, targetOrigin: target.origin, stop };
}

/**
 * Returns access to a relay that is already running.
 *
 * @param url - origin of the relay
 * @param targetOrigin - origin at which the relay reaches this machine, such as http://127.0.0.1:4300
 * @param registrationSecret - a registration secret of the relay
 */
export async function useRelay(url: string, targetOrigin: string, registrationSecret: string): Promise<RelayAccess> {
  const { hostname, port } = new URL(targetOrigin);
  const address = hostname === '127.0.0.1' ? hostname : '0.0.0.0';
  const target = await startTargetServer(undefined, address, Number(port));
  const stop = (): Promise<void> => {
    target.close();
    return Promise.resolve();
  };
  return { url, registrationSecret, target, targetOrigin, stop };
}
