/** The unit in `deploy/`, installed on a Debian system as `docs/relay.md` describes, and run by systemd. */

import { REGISTRATION_SECRET } from '../harness/sample-delivery.ts';
import type { TargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { podman, run, runInside } from './containers.ts';
import { deliverEvent, ORIGIN, trustAuthority } from './delivered-event.ts';
import { DEBIAN } from './stand-ins.ts';

const NAME = 'tutorcruncher-deploy-check';
/** The certificate of Caddy's own authority. */
const CERTIFICATE = '/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt';
const CHECKOUT = '/opt/tutorcruncher-zapier';

const INSTALL = `
cd ${CHECKOUT}
npm ci --ignore-scripts --no-audit --no-fund
npm rebuild node
npm run build:relay`;

const start = (target: TargetServer): string => `
cd ${CHECKOUT}
install -m 600 deploy/env.example /etc/tutorcruncher-relay.env
sed -i 's#^RELAY_ORIGIN=.*#RELAY_ORIGIN=${ORIGIN}#' /etc/tutorcruncher-relay.env
sed -i 's#^RELAY_REGISTRATION_SECRET=#&${REGISTRATION_SECRET}#' /etc/tutorcruncher-relay.env
echo RELAY_TARGET_ORIGINS=${target.origin} >> /etc/tutorcruncher-relay.env
cp deploy/tutorcruncher-relay.service /etc/systemd/system/
systemctl enable --now tutorcruncher-relay
sed 's/relay.example.com/localhost/' deploy/Caddyfile > /etc/caddy/Caddyfile
systemctl reload-or-restart caddy`;

const KILL = 'systemctl kill --signal=KILL tutorcruncher-relay';

const CHECK_USER = `
cd ${CHECKOUT}
systemctl is-active tutorcruncher-relay
pid=$(systemctl show --property=MainPID --value tutorcruncher-relay)
grep --quiet '^CapEff:.0000000000000000$' /proc/$pid/status
grep --quiet '^Seccomp:.2$' /proc/$pid/status
[ "$(stat --format=%u /proc/$pid)" -ge 61184 ]
RELAY_ADMIN_SOCKET=/run/tutorcruncher-relay/relay.sock npm run --silent relay -- channels`;

const STOP = `
systemctl stop tutorcruncher-relay
[ "$(systemctl show --property=Result --value tutorcruncher-relay)" = success ]`;

/** Installs the relay in a container that was booted by systemd, delivers an event, and removes the container. */
export async function checkSystemd(checkout: string, target: TargetServer): Promise<void> {
  await podman(
    ...['run', '--detach', '--name', NAME, '--systemd=always', '--privileged', '--publish', '443:443'],
    // Without this setting, systemd 256 and later refuse to boot on cgroups v1.
    ...['--env', 'SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1', '--env', 'container=podman', DEBIAN, '/lib/systemd/systemd'],
  );
  try {
    await podman('cp', checkout, `${NAME}:${CHECKOUT}`);
    console.log('Installing the relay. This takes a few minutes.');
    await runInside(NAME, INSTALL);
    await until(() =>
      runInside(NAME, 'systemctl list-units --quiet').then(
        () => true,
        () => false,
      ),
    );
    await runInside(NAME, start(target));
    await trustAuthority(() => runInside(NAME, `cat ${CERTIFICATE}`));
    await deliverEvent(target);
    await runInside(NAME, CHECK_USER);
    console.log('ok   systemd: the event was delivered by a user of its own, without capabilities');
    await runInside(NAME, KILL);
    await deliverEvent(target);
    console.log('ok   systemd: the relay was restarted after SIGKILL, and delivered an event');
    await runInside(NAME, STOP);
    console.log('ok   systemd: the relay stopped cleanly');
  } catch (error) {
    console.error(await run('podman', ['exec', NAME, 'journalctl', '--no-pager', '--lines=40']).catch(String));
    throw error;
  } finally {
    await podman('rm', '--force', '--time', '0', NAME);
  }
}
