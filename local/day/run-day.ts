/** Sends the events of a fictional day to the relay, compressed into a few minutes. */

import { setTimeout } from 'node:timers/promises';

import type { FlatRecord } from '../../src/record/record.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { selectsAction } from '../../wire/action-filter.ts';
import type { Demonstration } from '../demonstration.ts';
import { lineAt, textOf } from '../event-line.ts';
import { sendToRelay, webhookUrlOf } from '../relayed-zaps.ts';
import { deliveryOf } from '../sequence.ts';
import { messageOf } from '../zapier.ts';
import type { DayEvent } from './branch-events.ts';
import { dayAt } from './day.ts';
import { FAILING_TRIGGER, type Trouble } from './trouble.ts';
import { print } from '../terminal.ts';

/** Number of events that are sent at the shorter interval, so that the page soon looks full. */
const QUICK_EVENTS = 8;
const QUICK_INTERVAL_MS = 2_500;
const INTERVAL_MS = 5_000;
/** Index of the event after which the polled trigger runs. */
const POLL_AFTER = 1;

/** Returns true if the event triggers a Zap that is on. */
export const isWanted = ({ record, change }: DayEvent, zapsOn: ReadonlySet<string>): boolean =>
  webhookTriggers.some(
    ({ definition, filter }) =>
      zapsOn.has(definition.key) &&
      filter.object === record.object.word &&
      selectsAction(filter.actions, change.action),
  );

/** The polled trigger whose Zap is also on. */
const POLLED_TRIGGER = 'report_missing';

/** Polls once like Zapier, and prints a line for each run of the Zap. */
async function runPoll({ app, zapier, runs }: Demonstration): Promise<void> {
  const path = `triggers.${POLLED_TRIGGER}.operation.perform`;
  const records = (await zapier.call(path)) as FlatRecord[];
  await runs.inOrder(async () => {
    for (const record of records) {
      const outcome = `${app.triggers[POLLED_TRIGGER]?.display.label ?? ''} runs`;
      print(lineAt(new Date(), 'Zapier polled TutorCruncher', textOf(record.lesson_topic), outcome));
    }
    return Promise.resolve();
  });
}

/**
 * Sends the events until the signal aborts or the day ends. Prints a line for each event that no Zap receives. The runs
 * print the other events.
 */
export async function runDay(demonstration: Demonstration, trouble: Trouble, stop: AbortSignal): Promise<void> {
  const { zapier, privateKey, runs, zapsOn } = demonstration;
  try {
    const url = await webhookUrlOf(zapier, FAILING_TRIGGER);
    for (const [index, event] of dayAt(Date.now()).entries()) {
      if (event.statuses) trouble.plan(event.statuses);
      const { status } = await sendToRelay(url, deliveryOf(event.record, event.change, Date.now()), privateKey);
      if (!isWanted(event, zapsOn) || !status.startsWith('202')) {
        const outcome = status.startsWith('202') ? 'no Zap wants this event' : `the relay responded with ${status}`;
        await runs.inOrder(async () => {
          print(lineAt(new Date(), event.change.verb, event.name, outcome));
          return Promise.resolve();
        });
      }
      if (index === POLL_AFTER && demonstration.tutorCruncher) await runPoll(demonstration);
      await setTimeout(index < QUICK_EVENTS ? QUICK_INTERVAL_MS : INTERVAL_MS, undefined, { signal: stop });
    }
    print("\nThe day's events have been sent. The Zaps stay on, and the page keeps working.");
  } catch (error) {
    if (!stop.aborted) print(`\nThe day's events could not be sent: ${messageOf(error)}`);
  }
}
