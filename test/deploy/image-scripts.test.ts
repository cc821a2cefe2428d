/** The scripts of the relay's image in `deploy/image/`, run as the image runs them. */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterEach, describe, expect, it } from '@jest/globals';

import { freePort } from '../../relay/harness/free-port.ts';
import { hasExited, RELAY_MAIN } from '../../relay/harness/relay-process.ts';
import { ORIGIN, REGISTRATION_SECRET } from '../../relay/harness/sample-delivery.ts';
import { until } from '../../relay/harness/until.ts';
import { whereAllowed } from '../../relay/test/support/required-tool.ts';
import { temporaryFolder } from '../../relay/test/support/temporary-folder.ts';

type Environment = Readonly<Record<string, string>>;

/** The search path of the image, so that its scripts find each other. */
const PATH = [resolve('deploy/image'), process.env.PATH].join(delimiter);

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts a program, which ends with the test. */
function start(command: string, args: readonly string[], environment: Environment) {
  const child = spawn(command, args, { env: { PATH, ...environment } });
  children.push(child);
  return child;
}

/** Runs a program. Returns its exit code and its output. */
async function run(...program: Parameters<typeof start>) {
  const child = start(...program);
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await once(child, 'close')) as [number];
  return { status, output: (await outputs).join('') };
}

describe('relay-health', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** Starts a server that responds to `/readyz`. Returns its port. */
  async function startServer(status: number): Promise<string> {
    const server = createServer(({ url }, response) => response.writeHead(url === '/readyz' ? status : 404).end());
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return String((server.address() as AddressInfo).port);
  }

  const health = async (environment: Environment) => (await run('deploy/image/relay-health', [], environment)).status;

  it('succeeds while the relay is ready, and fails if it is not, or does not listen', async () => {
    expect(await health({ RELAY_PORT: await startServer(200) })).toBe(0);
    expect(await health({ RELAY_PORT: await startServer(503) })).toBe(1);
    expect(await health({ RELAY_PORT: String(await freePort()) })).toBe(1);
  });

  it('uses the port on which the relay listens: that of RELAY_PORT, or else that of PORT', async () => {
    const [ready, other] = [await startServer(200), await startServer(503)];
    expect(await health({ PORT: ready })).toBe(0);
    expect(await health({ RELAY_PORT: '', PORT: ready })).toBe(0);
    expect(await health({ RELAY_PORT: ready, PORT: other })).toBe(0);
    expect(await health({ RELAY_PORT: other, PORT: ready })).toBe(1);
  });
});

describe('relay-start', () => {
  /** The id of the user `node` and of the group `node` in the image. */
  const NODE = 1000;
  const folder = temporaryFolder();
  // At first, only the owner has access to a new temporary folder.
  chmodSync(folder, 0o755);
  let count = 0;

  /** Creates a volume. Returns the path of its folder. */
  function newVolume(owner: number, mode = 0o755): string {
    const volume = join(folder, `volume-${++count}`);
    mkdirSync(volume);
    chmodSync(volume, mode);
    chownSync(volume, owner, owner);
    return volume;
  }

  const ownersOf = (volume: string, ...names: string[]) =>
    ['.', ...names].map((name) => {
      const { uid, gid } = statSync(join(volume, name));
      return [uid, gid];
    });

  /** Options of setpriv: without capabilities, as with `cap_drop: ALL` and `no-new-privileges` in the Compose files. */
  const WITHOUT_CAPABILITIES = ['--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];
  const AS_ROOT = ['--clear-groups'];
  const AS_NODE = [`--reuid=${NODE}`, `--regid=${NODE}`, '--clear-groups'];

  /** Returns a program that runs as in a container with a volume: as root, or with other options of setpriv. */
  const container = (
    volume: string,
    command: readonly string[],
    options: readonly string[] = AS_ROOT,
  ): Parameters<typeof start> => {
    const environment = {
      RELAY_SQLITE_PATH: join(volume, 'relay.sqlite'),
      RELAY_ORIGIN: ORIGIN,
      RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
      RELAY_PORT: '0',
      NODE_ENV: 'production',
    };
    return ['setpriv', [...options, 'relay-start', ...command], environment];
  };

  /** Prints the user, the groups, the home folder and the privileges of a command. */
  const WHO = [
    'sh',
    '-c',
    'id -u; id -G; echo "$HOME"; grep -E "^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)" /proc/self/status',
  ];
  const NO_PRIVILEGES = ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].map((set) => `${set}:\t0000000000000000\n`).join('');
  const itAsRoot = whereAllowed(
    it,
    process.platform === 'linux' && process.getuid?.() === 0,
    'the tests of the users of the image',
    'Run them as root on Linux.',
  );

  // A user other than root cannot read a checkout in a private folder.
  const reading = [process.execPath, '--eval', 'require("node:fs").accessSync(process.argv[1])', RELAY_MAIN];
  const itAsNode = whereAllowed(
    it,
    spawnSync('setpriv', [...AS_NODE, ...reading]).status === 0,
    'the scripts and the relay as another user',
    'Run them as root on Linux, in a clone that all users may read.',
  );

  itAsRoot('as root, makes node the owner of the volume and its files, and runs the command as node', async () => {
    const volume = newVolume(0, 0o700);
    for (const name of ['relay.sqlite', 'relay.sqlite-wal', 'backup-1'])
      writeFileSync(join(volume, name), '', { mode: 0o600 });
    const { status, output } = await run(...container(volume, WHO));
    expect({ status, output }).toEqual({
      status: 0,
      output: `${NODE}\n${NODE}\n/home/node\n${NO_PRIVILEGES}NoNewPrivs:\t1\n`,
    });
    const names = ['relay.sqlite', 'relay.sqlite-wal', 'backup-1'];
    expect(ownersOf(volume, ...names)).toEqual(Array(4).fill([NODE, NODE]));
  });

  itAsRoot('as root, follows no link out of the volume', async () => {
    const [volume, elsewhere] = [newVolume(0), newVolume(0)];
    writeFileSync(join(elsewhere, 'secret'), '');
    symlinkSync(join(elsewhere, 'secret'), join(volume, 'relay.sqlite'));
    expect((await run(...container(volume, ['true']))).status).toBe(0);
    expect(ownersOf(elsewhere, 'secret')).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  itAsNode('as node without capabilities, runs the command, and changes no owner', async () => {
    const volume = newVolume(NODE);
    const { status, output } = await run(...container(volume, WHO, [...AS_NODE, ...WITHOUT_CAPABILITIES]));
    expect(status).toBe(0);
    expect(output).toMatch(new RegExp(`^${NODE}\\n${NODE}\\n[^]*${NO_PRIVILEGES}NoNewPrivs:\\t1\\n$`));
    const other = newVolume(0);
    expect(await run(...container(other, ['true'], [...AS_NODE, ...WITHOUT_CAPABILITIES]))).toEqual({
      status: 0,
      output: '',
    });
    expect(ownersOf(other)).toEqual([[0, 0]]);
  });

  itAsRoot('as root without capabilities, says which user to choose', async () => {
    const { status, output } = await run(...container(newVolume(NODE), ['true'], WITHOUT_CAPABILITIES));
    expect({ status, output }).toEqual({
      status: 1,
      output: expect.stringMatching(/^The container runs as root, [^\n]*\n$/),
    });
  });

  itAsNode.each([
    ['as root with a volume of root', 0, AS_ROOT],
    ['as root with a volume of node', NODE, AS_ROOT],
    ['as node without capabilities, with a volume of node', NODE, [...AS_NODE, ...WITHOUT_CAPABILITIES]],
  ])('starts a relay %s, which runs as node and stops on SIGTERM', async (_case, owner, options) => {
    const volume = newVolume(owner);
    const child = start(...container(volume, [process.execPath, RELAY_MAIN], options));
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
    await until(() => hasExited(child) || output.includes('The relay is listening.'));
    expect(output).toContain('The relay is listening.');
    expect(readFileSync(`/proc/${child.pid}/status`, 'utf8')).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
    expect(ownersOf(volume, 'relay.sqlite')).toEqual(Array(2).fill([NODE, NODE]));
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  itAsNode.each([
    ['a folder', (volume: string) => volume],
    [
      'a file',
      (volume: string) => {
        chownSync(volume, NODE, NODE);
        writeFileSync(join(volume, 'relay.sqlite'), '', { mode: 0o600 });
        return join(volume, 'relay.sqlite');
      },
    ],
  ])('starts no relay that may not write to %s, and says so in a line with the user', async (_what, prepare) => {
    const volume = newVolume(0);
    const place = prepare(volume);
    const { output } = await run(
      ...container(volume, [process.execPath, RELAY_MAIN], [...AS_NODE, ...WITHOUT_CAPABILITIES]),
    );
    expect(output).toMatch(
      new RegExp(
        `^Can't use ${volume}/relay\\.sqlite as a database: the user \\S+ may not write to ${place}\\. ` +
          `Make this user the owner of ${volume} and of the files in it\\.\\n$`,
      ),
    );
  });
});
