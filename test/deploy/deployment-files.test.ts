/** The files in `deploy/`, checked with the tools that read them. `test/deploy/caddy.test.ts` runs the Caddyfile. */

import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import relayPackage from '../../relay/package.json' with { type: 'json' };
import { readConfig } from '../../relay/config.ts';
import { whereAvailable } from '../../relay/test/support/required-tool.ts';
import { temporaryFolder } from '../../relay/test/support/temporary-folder.ts';
import { DOCUMENTS } from '../../scripts/package-relay.ts';

const UNIT = 'tutorcruncher-relay.service';
const BACKUP_UNIT = 'tutorcruncher-relay-backup.service';
const NODE_OF_UNIT = '/opt/tutorcruncher-relay/node';
/** Maximum exposure of 3 out of 10, in tenths as `systemd-analyze` expects. */
const MAX_EXPOSURE = 30;
/** Maximum exposure of 1, because the service needs neither a network nor a file of root. */
const MAX_BACKUP_EXPOSURE = 10;
const folder = temporaryFolder();
cpSync('deploy', folder, { recursive: true });

/** Runs a program in the copy of `deploy/`. Returns its exit code and its output. */
function run(command: string, args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

const replaceIn = (name: string, text: string, replacement: string): void => {
  const before = readFileSync(join(folder, name), 'utf8');
  expect(before).toContain(text);
  writeFileSync(join(folder, name), before.replace(text, replacement));
};

/** Returns the `it` of tests that need a program. */
const itWith = (program: string, debianPackage: string) =>
  whereAvailable(
    it,
    spawnSync(program, ['--version']).status === 0,
    `tests of deploy/ with ${program}`,
    `Install it (Debian: apt-get install ${debianPackage}).`,
  );

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
    // The limit also contains the young generation.
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

describe('deploy/caddy-limits.conf', () => {
  const limits = readFileSync('deploy/caddy-limits.conf', 'utf8');

  itWith('systemd-analyze', 'systemd')('is valid beside the unit of the package', () => {
    const units = join(folder, 'units');
    mkdirSync(join(units, 'caddy.service.d'), { recursive: true });
    writeFileSync(join(units, 'caddy.service'), `[Service]\nExecStart=${process.execPath}\n`);
    const verify = (text: string) => {
      writeFileSync(join(units, 'caddy.service.d/tutorcruncher-relay.conf'), text);
      return run('systemd-analyze', ['verify', join(units, 'caddy.service')]);
    };
    expect(verify(limits)).toEqual({ status: 0, output: '' });
    expect(verify(limits.replace('MemoryMax', 'MaxMemory')).output).toContain('MaxMemory');
  });

  it('limits the log to ten lines per second', () => {
    const valueOf = (name: string) => Number(new RegExp(`^LogRateLimit${name}=(\\d+)$`, 'm').exec(limits)?.[1]);
    expect(valueOf('Burst') / valueOf('IntervalSec')).toBe(10);
  });

  it('has the same limit on memory as the Compose file, and restarts Caddy', () => {
    const [, limit = ''] = /^MemoryMax=(.+)M$/m.exec(limits) ?? [];
    const compose = readFileSync('deploy/compose.sqlite.yaml', 'utf8');
    expect(/^ {2}caddy:$[^]*?^ {4}mem_limit: (.+)m$/m.exec(compose)?.[1]).toBe(limit);
    expect(limits).toMatch(/^Restart=always$/m);
  });
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

describe('deploy/install.sh', () => {
  it.each([
    ['https://relay.localhost', true],
    ['https://relay.localhost/', true],
    ['https://other.localhost', false],
    ['https://another.relay.localhost', false],
    ['https://relay.localhost.example.com', false],
    ['https://relay-localhost', false],
  ])('with the name relay.localhost, if the installed relay has the origin %s: %j', (origin, isAccepted) => {
    const settings = join(folder, 'installed.env');
    writeFileSync(settings, `RELAY_ORIGIN=${origin}\nRELAY_REGISTRATION_SECRET=${'0'.repeat(64)}\n`);
    const script = readFileSync('deploy/install.sh', 'utf8').replace(/^SETTINGS=.*$/m, `SETTINGS='${settings}'`);
    // Other requirements may fail as well, such as the one of a built relay in the folder of the script.
    const { output } = run('bash', ['-c', script, 'install.sh', 'relay.localhost', '--dry-run']);
    expect(output).toContain('Nothing was changed, because of these problems:');
    const problem = `- ${settings} names another RELAY_ORIGIN. Use that name.`;
    expect(output.includes(problem)).toBe(!isAccepted);
  });

  it('writes the secret into a file that only root can read from the beginning', () => {
    const script = readFileSync('deploy/install.sh', 'utf8');
    const [block = ''] = /^ +secret=\$\(od [^]*?"\$SETTINGS"\n {2}fi$/m.exec(script) ?? [];
    const beforeFi = block.replace(/ {2}fi$/, '');
    const settings = join(folder, 'settings.env');
    const variables = `umask 022; SETTINGS='${settings}'; name=relay.example.com; is_local=true`;
    expect(run('bash', ['-euc', `${variables}\n${beforeFi}`])).toEqual({ status: 0, output: '' });
    expect(statSync(settings).mode & 0o777).toBe(0o600);
    expect(readFileSync(settings, 'utf8')).toMatch(/^RELAY_REGISTRATION_SECRET=[0-9a-f]{64}$/m);
  });

  it('adds a local name that does not resolve to /etc/hosts, once, and not in a dry run', () => {
    const script = readFileSync('deploy/install.sh', 'utf8');
    const [block = ''] = /^if \$is_local && ! does_resolve[^]*?^fi$/m.exec(script) ?? [];
    const hosts = join(folder, 'hosts');
    writeFileSync(hosts, '127.0.0.1 localhost\n');
    const add = (variables: string) => {
      const functions = `say() { :; }; does_resolve() { grep -q " $name$" "$HOSTS"; }`;
      const { status } = run('bash', ['-euc', `HOSTS='${hosts}'; ${variables}; ${functions}\n${block}`]);
      return [status, readFileSync(hosts, 'utf8').split('\n').slice(1, -1)];
    };
    const local = 'name=relay.localhost; is_local=true; dry_run=false';
    expect(add('name=relay.localhost; is_local=true; dry_run=true')).toEqual([0, []]);
    expect(add('name=relay.example.com; is_local=false; dry_run=false')).toEqual([0, []]);
    for (let repetition = 0; repetition < 2; repetition++)
      expect(add(local)).toEqual([0, ['127.0.0.1 relay.localhost']]);
    expect(run('./install.sh', ['relay.localhost', '--dry-run']).output).not.toContain('does not resolve');
  });

  describe('waiting for the relay', () => {
    const [wait = ''] = /^say "Waiting for [^]*?(?=^compgen )/m.exec(readFileSync('deploy/install.sh', 'utf8')) ?? [];
    const NEWER =
      'The database was written by a newer version of the relay: it has migration 9, and this version ends at 5.';
    /** Runs the part of the script on a machine that the functions simulate. */
    const waitWith = ({ restarts = '3', isReady = false, program = '/opt/relay', log = NEWER, journal = 'echo' }) =>
      run('bash', [
        '-euo',
        'pipefail',
        '-c',
        `SERVICE=relay-command; PROGRAM='${program}'; name=relay.localhost; polls=$(mktemp)
        say() { :; }
        sleep() { echo >>"$polls"; }
        curl() { ${isReady} || { echo 'curl: (22) error: 503' >&2; return 22; }; }
        systemctl() { local count; count=$(wc -l <"$polls"); echo $((${restarts})); }
        journalctl() { ${journal} '${log}'; }
        relay-command() { echo "relay $*"; }
        trap 'echo "polls: $(wc -l <"$polls")"' EXIT
        ${wait}`.replace('trap \'rm -f "$reason"\' EXIT\n', ''),
      ]);

    it('ends at once when the relay does not start, with its reason and the backups that fit', () => {
      expect(waitWith({ restarts: '3 + count' })).toEqual({
        status: 1,
        output: [
          'polls: 2',
          `The relay does not start: ${NEWER}`,
          'relay restore',
          'To keep this version, correct the cause, and run this script again.\n',
        ].join('\n'),
      });
    });

    it('names the way back after an upgrade, and no backups if they are not the cause', () => {
      const program = join(folder, 'program');
      mkdirSync(`${program}.old`);
      expect(waitWith({ restarts: '3 + count', program, log: 'RELAY_ORIGIN is missing.' })).toMatchObject({
        output: [
          'polls: 2',
          'The relay does not start: RELAY_ORIGIN is missing.',
          `To return to the version that was replaced, run: sudo ${program}.old/deploy/install.sh relay.localhost --no-backup`,
          'To keep this version, correct the cause, and run this script again.\n',
        ].join('\n'),
      });
    });

    it('says that the journal cannot be read', () => {
      const { status, output } = waitWith({ restarts: '3 + count', journal: 'false' });
      expect(status).toBe(1);
      expect(output).toContain('The relay does not start: Its journal cannot be read.');
    });

    it('goes on when the relay is ready, although systemd restarted it earlier', () => {
      expect(waitWith({ restarts: '7', isReady: true })).toEqual({ status: 0, output: 'polls: 0\n' });
    });

    it('shows the result of "check" for a relay that is not ready within a minute', () => {
      const { status, output } = waitWith({});
      expect(status).toBe(1);
      expect(output).toMatch(/^curl: \(22\) error: 503\nrelay check\npolls: 30\n/);
      expect(output).toContain('For a minute, https://relay.localhost/readyz has not reported a relay that is ready.');
      expect(output).not.toContain('does not start');
    });
  });

  // `.ci/install` runs it on a machine with systemd.
  itWith('shellcheck', 'shellcheck')('has no mistakes that shellcheck finds, as the other scripts', () => {
    const scripts = ['deploy/install.sh', 'deploy/tutorcruncher-relay', ...globSync('deploy/image/*')];
    const { status, stdout } = spawnSync('shellcheck', [...scripts, '.ci/run', '.ci/install', '.ci/pin-images'], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });

  it('explains its use, and lists everything that is missing before it changes anything', () => {
    expect(run('./install.sh', [])).toEqual({
      status: 2,
      output: expect.stringContaining('install.sh relay.example.com'),
    });
    const { status, output } = run('./install.sh', ['relay.invalid']);
    expect(status).toBe(1);
    expect(output).toMatch(
      /^Nothing was changed[^]*\n- This folder contains no built relay\.[^]*\n- relay\.invalid does not resolve\./,
    );
  });
});

it('a backup that was missed while the machine was off is made when it starts', () => {
  expect(readFileSync('deploy/tutorcruncher-relay-backup.timer', 'utf8')).toMatch(/^Persistent=true$/m);
});

describe('the Compose files', () => {
  const itWithCompose = itWith('docker-compose', 'docker-compose');

  itWithCompose.each(['compose.yaml', 'compose.sqlite.yaml'])('%s meets the schema of Docker Compose', (name) => {
    cpSync(join(folder, 'env.example'), join(folder, '.env'));
    replaceIn('.env', 'POSTGRES_PASSWORD=', 'POSTGRES_PASSWORD=a-password');
    replaceIn('.env', 'RELAY_REGISTRATION_SECRET=', 'RELAY_REGISTRATION_SECRET=a-registration-secret');
    expect(run('docker-compose', ['--file', name, 'config', '--quiet'])).toEqual({ status: 0, output: '' });
  });

  itWithCompose.each([
    ['compose.yaml', '', 0],
    ['compose.sqlite.yaml', '', 7],
    ['compose.sqlite.yaml', 'RELAY_NIGHTLY_BACKUPS=3\n', 3],
    // The URL of a database outside of the Compose file.
    ['compose.sqlite.yaml', 'RELAY_NIGHTLY_BACKUPS=0\nRELAY_DATABASE_URL=postgres://relay@db/relay\n', 0],
  ])('%s with "%s" in .env starts a relay, which keeps %i nightly backups', (name, settings, nightlyBackups) => {
    const secret = 'a-registration-secret-of-nobody';
    writeFileSync(
      join(folder, '.env'),
      `RELAY_ORIGIN=https://x\nRELAY_REGISTRATION_SECRET=${secret}\nPOSTGRES_PASSWORD=a\n${settings}`,
    );
    const { output } = run('docker-compose', ['--file', name, 'config', '--format', 'json']);
    const { services } = JSON.parse(output) as { services: { relay: { environment: Record<string, string> } } };
    expect(readConfig(services.relay.environment)).toMatchObject({ nightlyBackups });
  });

  itWithCompose.each(['compose.yaml', 'compose.sqlite.yaml'])(
    '%s runs the relay as node, without privileges',
    (name) => {
      writeFileSync(join(folder, '.env'), 'RELAY_ORIGIN=https://x\nRELAY_REGISTRATION_SECRET=a\nPOSTGRES_PASSWORD=a\n');
      const { output } = run('docker-compose', ['--file', name, 'config', '--format', 'json']);
      expect(JSON.parse(output)).toMatchObject({
        services: {
          relay: { user: 'node', cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], read_only: true },
        },
      });
    },
  );

  itWithCompose.each(['compose.yaml', 'compose.sqlite.yaml'])('%s limits the log of each container', (name) => {
    writeFileSync(join(folder, '.env'), 'RELAY_ORIGIN=https://x\nRELAY_REGISTRATION_SECRET=a\nPOSTGRES_PASSWORD=a\n');
    const { output } = run('docker-compose', ['--file', name, 'config']);
    const linesWith = (text: string) => output.split('\n').filter((line) => line.includes(text)).length;
    expect([linesWith('max-size:'), linesWith('max-file:')]).toEqual([linesWith('restart:'), linesWith('restart:')]);
    expect(linesWith('restart:')).toBeGreaterThan(1);
  });

  itWithCompose.each([
    ['RELAY_REGISTRATION_SECRET=a-secret\n', 'Set it in deploy/.env to the public origin of the relay'],
    ['RELAY_ORIGIN=\nRELAY_REGISTRATION_SECRET=a-secret\n', 'Set it in deploy/.env to the public origin of the relay'],
    ['RELAY_ORIGIN=https://x\n', 'Set it in deploy/.env to the output of "openssl rand -hex 32"'],
    ['RELAY_ORIGIN=https://x\nRELAY_REGISTRATION_SECRET=\n', 'Set it in deploy/.env to the output of'],
  ])('say which setting is missing: %j', (environment, message) => {
    writeFileSync(join(folder, '.env'), environment);
    const { status, output } = run('docker-compose', ['--file', 'compose.sqlite.yaml', 'config', '--quiet']);
    expect(status).not.toBe(0);
    expect(output).toContain(message);
  });
});

describe('deploy/prometheus.yml', () => {
  itWith('promtool', 'prometheus')('is valid, as is deploy/alerts.yml', () => {
    expect(run('promtool', ['check', 'config', 'prometheus.yml'])).toMatchObject({ status: 0 });
  });
});

describe('the archive', () => {
  it('contains the documents that messages name', () => {
    const files = globSync(['relay/**/*.ts', 'deploy/**/*'], { exclude: (path) => /dist|test/.test(path) });
    const sources = files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path, 'utf8'));
    const named = new Set(sources.flatMap((text) => text.match(/\bdocs\/[\w-]+\.md/g) ?? []));
    expect([...named]).toEqual(expect.arrayContaining(['docs/relay.md', 'docs/relay-commands.md']));
    const contained = globSync(DOCUMENTS);
    expect([...named].filter((path) => !contained.includes(path))).toEqual([]);
  });
});
