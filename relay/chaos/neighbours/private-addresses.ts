/** Hosts of targets that resolve to addresses in the relay's own network. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SECOND } from '../../harness/durations.ts';
import { until } from '../../harness/until.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';

/** Addresses by host, one from each range. All lead to 127.0.0.1 or to a private network. */
const ADDRESSES: Readonly<Record<string, string>> = {
  'sixtofour.example': '2002:7f00:1::1',
  'nat64.example': '64:ff9b:1::7f00:1',
  'compatible.example': '::127.0.0.1',
  'teredo.example': '2001:0:7f00:1::1',
  'sitelocal.example': 'fec0::1',
  'mapped.example': '::ffff:127.0.0.1',
  'loopback.example': '127.0.0.1',
};
/** A host that the operator has allowed, although its address is private. */
const ALLOWED = 'localhost';

/**
 * Returns a Node.js option that resolves host names from the table, and writes the address of each new connection to a
 * file.
 */
function withAddresses(connections: string): string {
  const script = `
    import dns from 'node:dns/promises';
    import { appendFileSync } from 'node:fs';
    import net from 'node:net';
    import { syncBuiltinESMExports } from 'node:module';
    const addresses = ${JSON.stringify({ ...ADDRESSES, [ALLOWED]: '127.0.0.1' })};
    const lookUp = dns.lookup;
    dns.lookup = (host, options) => addresses[host] === undefined
      ? lookUp(host, options)
      : Promise.resolve([{ address: addresses[host], family: net.isIP(addresses[host]) }]);
    syncBuiltinESMExports();
    const emit = net.Socket.prototype.emit;
    net.Socket.prototype.emit = function (name, ...values) {
      if (name === 'connectionAttempt') appendFileSync(${JSON.stringify(connections)}, values.slice(0, 2).join(' ') + '\\n');
      return emit.call(this, name, ...values);
    };`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}

async function runWithFile({ createBed, report }: CaseContext, connections: string): Promise<void> {
  const bed = await createBed();
  const { port } = new URL(bed.target.origin);
  const urls = [...Object.keys(ADDRESSES), ALLOWED].map((host) => `http://${host}:${port}/${host}`);
  await bed.startRelay({
    NODE_OPTIONS: withAddresses(connections),
    RELAY_TARGET_ORIGINS: urls.map((url) => new URL(url).origin).join(','),
  });
  const channel = await bed.channel().register();
  for (const url of urls) await channel.subscribeUrl(url);
  await channel.event();
  await until(() => bed.target.at(`/${ALLOWED}`).length === 1, 10 * SECOND);
  const failed = async () => (await channel.state()).subscriptions.filter(({ failures }) => failures > 0).length;
  await until(async () => (await failed()) === urls.length - 1, 30 * SECOND);
  const opened = readFileSync(connections, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith(` ${port}`));
  const isOnlyAllowed = opened.join() === `127.0.0.1 ${port}`;
  report.holds(isOnlyAllowed, `no connection is opened to ${Object.values(ADDRESSES).join(', ')}`);
}

async function run(context: CaseContext): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'relay-connections-'));
  try {
    await runWithFile(context, join(folder, 'connections'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const privateAddresses: NeighbourCase = { name: 'private-addresses', lane: 'checked', run };
