import type { DeliveryWithContent } from '../has-content.ts';
import type { RunOnChannel } from './room.ts';

/**
 * Adds the data keys of deliveries to their channels.
 *
 * @returns the ids of the keys that were not added because they are wrapped for a seal key other than the channel's
 */
export async function addDataKeys(
  run: RunOnChannel,
  channel: string,
  deliveries: readonly DeliveryWithContent[],
): Promise<ReadonlySet<string>> {
  if (deliveries.length === 0) return new Set();
  const keys = [...new Map(deliveries.map(({ content }) => [content.keyId, content])).values()];
  const row = await run<{ refused: string[] }>(
    'add-data-keys',
    'SELECT relay_add_data_keys($1, $2, $3, $4) AS refused',
    [
      channel,
      keys.map(({ keyId }) => keyId),
      keys.map(({ wrappedKey }) => Buffer.from(wrappedKey)),
      keys.map(({ sealKey }) => Buffer.from(sealKey)),
    ],
  );
  return new Set(row?.refused);
}
