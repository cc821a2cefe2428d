/** `deploy/install.sh`: its checks, its settings, and the wait for the relay that it starts. */

import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { folder, itWith, run } from './deploy-folder.ts';

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
    // Other checks can fail as well, such as the check for a built relay in the folder of the script.
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
    /** Runs this part of the script. Shell functions simulate the machine. */
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

  // `.ci/install` runs the whole script on a machine with systemd.
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
