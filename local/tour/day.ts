/** The events of a day, which the tour sends in about a minute after its chapters. */

import { setTimeout } from 'node:timers/promises';

import { DAY, HOUR } from '../../relay/harness/durations.ts';
import { toScalar } from '../../wire/json.ts';
import type { Account } from '../api/account.ts';
import { timesFrom } from '../api/seed.ts';
import { sendEvent, type SetUp } from '../relayed-zaps.ts';
import { lineNow } from '../table.ts';
import { print } from '../terminal.ts';
import { labelOf, messageOf } from '../zapier.ts';
import { addInvoice, addLesson, happen, paidAt, type BranchEvent } from './branch-events.ts';
import { FAILING_TRIGGER } from './past.ts';

const INTERVAL_MS = 3_000;
const POLLED_TRIGGER = 'report_missing';

/** Returns the events in order, and adds their lessons and invoices to the account. */
function eventsOfDay(account: Account, now: number): readonly BranchEvent[] {
  // 16:00 UTC today. Lessons are planned for this time and the following days.
  const afternoon = Math.floor(now / DAY) * DAY + 16 * HOUR;
  const [fractions = 0, essay = 0] = ['Fractions', 'Planning an essay'].map((topic, job) =>
    addLesson(account, job, topic, afternoon + job * DAY),
  );
  const [first = 0, second = 0] = [0, 3].map((client) => addInvoice(account, client));
  return [
    { trigger: 'lesson_created', id: fractions },
    { trigger: 'invoice_raised', id: first },
    { trigger: FAILING_TRIGGER, id: first, changes: paidAt(now) },
    { trigger: 'lesson_updated', id: fractions, changes: timesFrom(afternoon + 2 * DAY) },
    { trigger: 'lesson_created', id: essay },
    { trigger: 'client_updated', id: 303, changes: { mobile: '07700 900418' } },
    { trigger: 'lesson_completed', id: essay, changes: { status: 'complete' } },
    { trigger: 'invoice_raised', id: second },
    { trigger: 'client_status_changed', id: 305, changes: { status: 'live' } },
    { trigger: FAILING_TRIGGER, id: second, changes: paidAt(now) },
    { trigger: 'client_updated', id: 305, changes: { street: '27 Orchard Road' } },
    { trigger: 'lesson_cancelled', id: fractions, changes: { status: 'cancelled' } },
  ];
}

async function poll({ app, zapier }: SetUp): Promise<void> {
  for (const { lesson_topic } of await zapier.poll(POLLED_TRIGGER)) {
    const topic = String(toScalar(lesson_topic));
    print(lineNow('Zapier polled TutorCruncher', topic, `${labelOf(app, POLLED_TRIGGER)} runs`));
  }
}

/** Sends the events. The first two deliveries to the Zap for paid invoices fail. Prints events that no Zap receives. */
export async function runDay(setUp: SetUp): Promise<void> {
  const { runs, zapsOn, tutorCruncher } = setUp;
  runs.rejected.push(FAILING_TRIGGER, FAILING_TRIGGER);
  try {
    for (const [index, event] of eventsOfDay(tutorCruncher.account, Date.now()).entries()) {
      const { delivery, verb, name } = happen(tutorCruncher.account, event, Date.now());
      await runs.inOrder(async () => {
        await sendEvent(setUp, delivery);
        if (!zapsOn.has(event.trigger)) print(lineNow(verb, name, 'no Zap wants this event'));
        if (index === 1) await poll(setUp);
      });
      await setTimeout(INTERVAL_MS);
    }
    print("\nThe day's events have been sent. The Zaps stay on, and the page keeps working.");
  } catch (error) {
    print(`\nThe day's events could not be sent: ${messageOf(error)}`);
  }
  runs.form = 'fields';
}
