/** The systemd units of a relay and of its backups, and the command `tutorcruncher-relay`. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import relayPackage from '../../relay/package.json' with { type: 'json' };
import { folder, itWith, replaceIn, run } from './deploy-folder.ts';

const UNIT = 'tutorcruncher-relay.service';
const BACKUP_UNIT = 'tutorcruncher-relay-backup.service';
const NODE_OF_UNIT = '/opt/tutorcruncher-relay/node';
/** Maximum exposure of 3 out of 10, in tenths as `systemd-analyze` expects. */
const MAX_EXPOSURE = 30;
/** Maximum exposure of 1, because the service needs neither a network nor files of the user root. */
const MAX_BACKUP_EXPOSURE = 10;

describe('the command that starts a relay', () => {
  const [, ...startArguments] = relayPackage.scripts.start.split(' ');

  it('has the same arguments in the image as in relay/package.json', () => {
    const dockerfile = readFileSync('deploy/Dockerfile', 'utf8');
    const [, options = ''] = /^ENV NODE_OPTIONS=(\S+) /m.exec(dockerfile) ?? [];
    expect(dockerfile).toMatch(new RegExp(`^CMD \\["node", "${startArguments.at(-1)}"\\]$`, 'm'));
    expect([options, startArguments.at(-1)]).toEqual(startArguments);
  });

  it('can have another V8 option in the image, because the option is not in the command', () => {
    const megabytes = (NODE_OPTIONS: string, args: readonly string[]) => {
      const script = 'process.stdout.write(String(v8.getHeapStatistics().heap_size_limit / 2 ** 20))';
      const { stdout } = spawnSync(process.execPath, [...args, '--eval', script], { env: { NODE_OPTIONS } });
      return Number(stdout);
    };
    // The limit of the heap includes the young generation.
    expect(megabytes('--max-old-space-size=256', [])).toBeLessThan(400);
    expect(megabytes('--max-old-space-size=256', startArguments.slice(0, -1))).toBeGreaterThan(1_000);
  });

  it('has the same settings of glibc in the image as in the unit', () => {
    const settingsIn = (name: string) =>
      [...readFileSync(join('deploy', name), 'utf8').matchAll(/MALLOC_\w+=\d+/g)].map(([text]) => text);
    expect(settingsIn('Dockerfile')).toEqual(settingsIn(UNIT));
    expect(settingsIn(UNIT)).toHaveLength(2);
  });

  it('has the same arguments in the unit', () => {
    expect(readFileSync(join('deploy', UNIT), 'utf8')).toContain(
      `\nExecStart=${NODE_OF_UNIT} ${startArguments.join(' ')}\n`,
    );
  });
});

describe.each([
  [UNIT, MAX_EXPOSURE],
  [BACKUP_UNIT, MAX_BACKUP_EXPOSURE],
])('deploy/%s', (unit, maxExposure) => {
  itWith('systemd-analyze', 'systemd')('is valid, and has a low exposure', () => {
    replaceIn(unit, NODE_OF_UNIT, process.execPath);
    expect(run('systemd-analyze', ['verify', `./${unit}`])).toEqual({ status: 0, output: '' });
    const security = ['security', '--offline=true', '--no-pager', `--threshold=${maxExposure}`, `./${unit}`];
    expect(run('systemd-analyze', security)).toMatchObject({ status: 0 });
  });
});

describe(`deploy/${BACKUP_UNIT}`, () => {
  const unit = readFileSync(join('deploy', BACKUP_UNIT), 'utf8');
  const DATA = '/var/lib/tutorcruncher-relay';
  const valueOf = (name: string, text: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1];

  it('runs as the user of the relay, with its socket and its folder', () => {
    const relay = readFileSync(join('deploy', UNIT), 'utf8');
    for (const name of ['User', 'DynamicUser', 'StateDirectory', 'StateDirectoryMode']) {
      expect(valueOf(name, unit)).toBe(valueOf(name, relay));
    }
    const socket = /^Environment=RELAY_ADMIN_SOCKET=.*$/m;
    expect(socket.exec(unit)?.[0]).toBe(socket.exec(relay)?.[0]);
    expect(valueOf('WorkingDirectory', unit)).toBe(DATA);
  });

  it('lets the relay write a backup, keeps the newest seven, and deletes nothing if this fails', () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    const days = Array.from({ length: 8 }, (_, day) => `backup-2026-11-0${day + 1}T03-00-00`);
    for (const name of [...days, 'relay.sqlite']) writeFileSync(join(data, name), '');
    // systemd joins the lines, and replaces double dollar and percent signs.
    const [, script = ''] = /^ExecStart=\/bin\/sh -ec '((?:.*\\\n)*.*)'$/m.exec(unit) ?? [];
    const shown = script.replaceAll('\\\n', '').replaceAll('$$', '$').replaceAll('%%', '%').replaceAll(DATA, data);
    const backUp = (node: string) =>
      spawnSync('/bin/sh', ['-ec', shown.replace(NODE_OF_UNIT, node)], { cwd: data, encoding: 'utf8' });
    expect(backUp('false').status).not.toBe(0);
    expect(readdirSync(data)).toHaveLength(9);
    const relay = join(folder, 'relay');
    writeFileSync(relay, '#!/bin/sh\n[ "$2" = backup ] && touch "$3"\n', { mode: 0o755 });
    expect(backUp(relay)).toMatchObject({ status: 0, stderr: '' });
    const names = readdirSync(data).sort();
    expect(names).toHaveLength(8);
    expect(names.slice(0, 6)).toEqual(days.slice(2));
    expect(names[6]).toMatch(/^backup-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/);
    expect(names[7]).toBe('relay.sqlite');
  });
});

it('a backup that was missed while the machine was off is made when it starts', () => {
  expect(readFileSync('deploy/tutorcruncher-relay-backup.timer', 'utf8')).toMatch(/^Persistent=true$/m);
});

describe('deploy/tutorcruncher-relay', () => {
  it.each(['/etc/ca.crt', '"/etc/ca.crt"', "'/etc/ca.crt'"])(
    'hands the certificate %s to Node.js when it starts',
    (value) => {
      const settings = join(folder, 'command.env');
      writeFileSync(settings, `RELAY_ORIGIN=https://relay.localhost\nNODE_EXTRA_CA_CERTS=${value}\n`);
      const script = readFileSync('deploy/tutorcruncher-relay', 'utf8')
        .replace(/^settings=.*$/m, `settings='${settings}'`)
        .replace(NODE_OF_UNIT, 'echo "$NODE_EXTRA_CA_CERTS"');
      expect(run('sh', ['-c', script, 'tutorcruncher-relay', 'check']).output).toMatch(/^\/etc\/ca\.crt --env-file=/);
    },
  );
});
