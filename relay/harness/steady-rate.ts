import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls a function at a steady rate, regardless of how long the calls take. Resolves once all calls have resolved.
 *
 * @param send - called with the index of the call, from 0, and the time at which it is due, in milliseconds from the
 *   start. A call is made at its due time or shortly after. Must not reject.
 */
export async function sendAtRate(
  { total, perSecond }: { readonly total: number; readonly perSecond: number },
  send: (index: number, dueMs: number) => Promise<void>,
): Promise<void> {
  const sent: Promise<void>[] = [];
  const start = performance.now();
  while (sent.length < total) {
    const due = Math.min(total, ((performance.now() - start) / 1000) * perSecond);
    while (sent.length < due) sent.push(send(sent.length, (sent.length * 1000) / perSecond));
    await sleep(1);
  }
  await Promise.all(sent);
}
