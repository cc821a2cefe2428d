/** A channel that the operator removes from the list while the relay runs. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CHANNEL_PATH, EVENTS_PATH, SUBSCRIPTIONS_PATH } from '../../../wire/relay-api.ts';
import { SECOND } from '../../harness/durations.ts';
import { bodyOf } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import type { CaseContext, NeighbourCase } from './neighbour-case.ts';

/** Time within which a change to the list must take effect. */
const MAX_EFFECT_MS = 2 * SECOND;

async function runWithList({ createBed, report }: CaseContext, path: string): Promise<void> {
  const bed = await createBed({ RELAY_REGISTRATION_SECRET: '', RELAY_CHANNELS_FILE: path });
  const [channel, other] = [bed.channel(), bed.channel()];
  writeFileSync(path, `${channel.id}\n${other.id}\n`);
  await bed.startRelay();
  await channel.register();
  await other.register();
  const id = await channel.subscribe('/zap');
  await channel.event();

  writeFileSync(path, `${other.id}\n`);
  const start = performance.now();
  await until(async () => (await channel.call('GET', CHANNEL_PATH)).status === 403, 10 * SECOND).catch(() => undefined);
  const waited = performance.now() - start;
  report.measured(waited, { what: 'time until a channel is refused', limit: MAX_EFFECT_MS, unit: 'ms' });
  const refused = await Promise.all([
    channel.post(bodyOf('A')),
    channel.call('PUT', CHANNEL_PATH),
    channel.call('GET', CHANNEL_PATH),
    channel.call('DELETE', CHANNEL_PATH),
    channel.call('GET', EVENTS_PATH),
    channel.call('POST', SUBSCRIPTIONS_PATH, { target_url: `${bed.target.origin}/other`, actions: ['A'] }),
    channel.call('GET', `${SUBSCRIPTIONS_PATH}/${id}`),
    channel.call('POST', `${SUBSCRIPTIONS_PATH}/${id}/redrive`),
  ]);
  const statuses = refused.map(({ status }) => status);
  report.holds(
    statuses.every((status) => status === 403),
    `a channel that is no longer listed is refused everywhere (${statuses.join(', ')})`,
  );
  report.holds((await other.post(bodyOf('A'))).status === 202, 'the other channel is served');

  writeFileSync(path, `${channel.id}\n${other.id}\n`);
  await until(async () => (await channel.call('GET', CHANNEL_PATH)).status === 200, 10 * SECOND);
  const isKept = (await channel.state()).subscriptions.length === 1 && (await channel.post(bodyOf('A'))).status === 202;
  report.holds(isKept, 'back on the list, the channel continues where it was');
}

async function run(context: CaseContext): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'relay-list-'));
  try {
    await runWithList(context, join(folder, 'channels'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const delistedChannel: NeighbourCase = { name: 'delisted-channel', lane: 'checked', run };
