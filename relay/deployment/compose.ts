/** The Compose files in `deploy/`, started as `docs/relay.md` describes. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { REGISTRATION_SECRET } from '../harness/sample-delivery.ts';
import type { TargetServer } from '../harness/target-server.ts';
import { podman, run } from './containers.ts';
import { deliverEvent, ORIGIN, secondsOfStalledRequest, trustAuthority } from './delivered-event.ts';

/** The relay ends a connection that sends nothing for 30 to 60 seconds. */
const MAX_STALL_SECONDS = 75;

/** Returns the settings for a store that an operator would derive from `env.example`. */
const settingsFor = (store: 'SQLite' | 'PostgreSQL', target: TargetServer): string =>
  [
    `RELAY_ORIGIN=${ORIGIN}`,
    `RELAY_REGISTRATION_SECRET=${REGISTRATION_SECRET}`,
    `RELAY_TARGET_ORIGINS=${target.origin}`,
    ...(store === 'SQLite' ? ['COMPOSE_FILE=compose.sqlite.yaml'] : ['POSTGRES_PASSWORD=a-password-of-nobody']),
  ].join('\n');

/** Starts the containers, delivers an event, and removes them with their data. */
export async function checkCompose(
  store: 'SQLite' | 'PostgreSQL',
  checkout: string,
  target: TargetServer,
): Promise<void> {
  const folder = join(checkout, 'deploy');
  const settings = join(folder, '.env');
  const compose = (...args: readonly string[]): Promise<string> => run('docker-compose', args, folder);
  writeFileSync(settings, settingsFor(store, target), { mode: 0o600 });
  try {
    await compose('up', '--detach', '--wait', '--no-build');
    await trustAuthority(() => compose('exec', '-T', 'caddy', 'cat', '/data/caddy/pki/authorities/local/root.crt'));
    await deliverEvent(target);
    const channels = await compose('exec', '-T', 'relay', 'relay', 'channels', '--json');
    console.log(`ok   ${store}: the event was delivered, and the relay's command shows ${channels.length} characters`);

    const id = (await compose('ps', '--quiet', 'relay')).trim();
    await podman('exec', id, 'bash', '-c', '! touch /app/file && [ "$(id -un)" = node ] && touch /data/file');
    console.log(`ok   ${store}: the relay runs as the user node, and can write to its data only`);

    if (store === 'SQLite') {
      const seconds = await secondsOfStalledRequest();
      if (seconds > MAX_STALL_SECONDS) throw new Error(`A stalled request was ended only after ${seconds} s.`);
      console.log(`ok   a stalled request was ended after ${seconds.toFixed(0)} s`);
    } else {
      await compose(
        'exec',
        '-T',
        'postgres',
        'pg_dump',
        '--username=relay',
        '--format=custom',
        '--file=/tmp/dump',
        'relay',
      );
      console.log('ok   PostgreSQL: the database can be dumped');
    }
    await compose('restart', 'relay');
    await deliverEvent(target);
    console.log(`ok   ${store}: an event was delivered after a restart`);
  } catch (error) {
    console.error((await compose('logs', '--no-color')).slice(-5000));
    throw error;
  } finally {
    await compose('down', '--volumes');
    rmSync(settings);
  }
}
