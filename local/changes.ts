/**
 * The part of the demonstration that shows changes. Because the relay also sends the previous event about the same
 * lesson or client, the records describe what changed.
 */

import { client } from '../objects/client.ts';
import { lesson } from '../objects/lesson.ts';
import type { Demonstration } from './demonstration.ts';
import { sendToRelay, turnOnAll, webhookUrlOf } from './relayed-zaps.ts';
import { deliveriesOf, eventWith, HOUR, type Sequence } from './sequence.ts';
import { print } from './terminal.ts';

const clientCreated = eventWith('CREATED_A_CLIENT', 'Created a Client');
const clientEdited = eventWith('EDITED_A_CLIENT', 'Edited a Client');
const lessonCreated = eventWith('CREATED_AN_APPOINTMENT', 'Created a Lesson');
const lessonEdited = eventWith('EDITED_AN_APPOINTMENT', 'Edited a Lesson');

/** A trigger, and the events before and after the change that its Zap reports. */
interface ChangeOfRecord {
  readonly trigger: string;
  readonly sequence: Sequence;
}

const CHANGES: readonly ChangeOfRecord[] = [
  {
    trigger: 'lesson_updated',
    sequence: {
      object: lesson,
      id: 8001,
      deliveries: [
        [lessonCreated(0, 'Created.', { status: 'planned' })],
        [
          lessonEdited(HOUR, 'Moved to Thursday.', {
            ...{ status: 'planned', start: '2026-06-11T17:00:00Z', finish: '2026-06-11T18:30:00Z' },
          }),
        ],
      ],
    },
  },
  {
    trigger: 'client_updated',
    // The client has no other events, so that client 301 of the other samples does not change.
    sequence: {
      object: client,
      id: 3001,
      deliveries: [
        [clientCreated(0, 'Created.')],
        [clientEdited(HOUR, 'Married.', { last_name: 'Patel', available_balance: '-168.00' })],
      ],
    },
  },
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
