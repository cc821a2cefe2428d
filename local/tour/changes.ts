/**
 * The chapter that shows changes. Because the relay also sends the previous event about the same lesson or client, the
 * records describe what changed.
 */

import { sendEvent, turnOnAll, type SetUp } from '../relayed-zaps.ts';
import { clientRenamed, lessonMoved } from '../sample-delivery.ts';
import { print } from '../terminal.ts';
import { labelOf } from '../zapier.ts';

/** Prints the events of both changes and the records that the Zaps receive. @throws {Error} if a Zap does not run */
export async function demonstrateChanges(setUp: SetUp): Promise<void> {
  const changes = [lessonMoved(), clientRenamed()];
  const triggers = changes.map(({ trigger }) => trigger);
  await turnOnAll(setUp, ...triggers);
  print(`Two more Zaps are on: ${triggers.map((trigger) => labelOf(setUp.app, trigger)).join(' and ')}.`);
  for (const { trigger, deliveries } of changes) {
    // This is queued, so that the Zap's run is printed after the relay's responses.
    await setUp.runs.runAfter(async () => {
      const statuses = [];
      for (const delivery of deliveries) statuses.push((await sendEvent(setUp, delivery)).status);
      print(`\nSent the events before and after the change to the relay: ${statuses.join(', ')}`);
    }, trigger);
  }
}
