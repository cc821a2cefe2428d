/**
 * The part of the demonstration that shows changes. Because the relay also sends the previous event about the same
 * lesson or client, the records describe what changed.
 */

import type { Demonstration } from './demonstration.ts';
import { sendToRelay, turnOnAll, webhookUrlOf } from './relayed-zaps.ts';
import { clientRenamed } from './sequences/clients.ts';
import { lessonMoved } from './sequences/lessons.ts';
import { deliveriesOf, type Sequence } from './sequences/sequence.ts';
import { print } from './terminal.ts';

/** A Zap and the events before and after the change that it reports. */
interface ChangeOfRecord {
  readonly trigger: string;
  readonly sequence: Sequence;
}

/** Returns the first two deliveries of a sequence: the creation of a record and its first change. */
const firstChangeIn = (sequence: Sequence): Sequence => ({ ...sequence, deliveries: sequence.deliveries.slice(0, 2) });

const CHANGES: readonly ChangeOfRecord[] = [
  { trigger: 'lesson_updated', sequence: firstChangeIn(lessonMoved) },
  { trigger: 'client_updated', sequence: firstChangeIn(clientRenamed) },
];

/** The sequences of events that the demonstration sends. */
export const SEQUENCES = CHANGES.map(({ sequence }) => sequence);

/** Prints the events of both changes and the records that the Zaps receive. @throws {Error} if a Zap does not run */
export async function demonstrateChanges(demonstration: Demonstration): Promise<void> {
  const { app, zapier, privateKey, runs } = demonstration;
  const triggers = CHANGES.map(({ trigger }) => trigger);
  await turnOnAll(demonstration, triggers);
  const labels = triggers.map((trigger) => app.triggers[trigger]?.display.label ?? trigger);
  print(`Two more Zaps are on: ${labels.join(' and ')}.`);
  for (const { trigger, sequence } of CHANGES) {
    const url = await webhookUrlOf(zapier, trigger);
    const run = runs.nextRun(trigger);
    // The promise is awaited below. This handler keeps an earlier rejection from being reported as unhandled.
    run.catch(() => undefined);
    // This is queued, so that the Zap's run is printed after the relay's responses.
    await runs.inOrder(async () => {
      for (const [index, delivery] of deliveriesOf(sequence).entries()) {
        const { status } = await sendToRelay(url, delivery, privateKey);
        const verbs = sequence.deliveries[index]?.map(({ verb }) => `"${verb}"`) ?? [];
        print(`${index === 0 ? '\n' : ''}Sent the event ${verbs.join()} to the relay: response ${status}`);
      }
    });
    await run;
  }
}
