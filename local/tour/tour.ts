/**
 * The tour that `npm start -- tour` prints, in chapters: events that pass through the relay, changes between two events, a
 * trigger in Zapier's editor, a Zap that writes to TutorCruncher, and the relay's files.
 */

import { NOTICE_TRIGGER } from '../../wire/notice.ts';
import { startCommand } from '../environment.ts';
import { NOTICE_TIMES, type StartRelay } from '../local-relay.ts';
import { consoleLinkOf, sendEvent, turnOnAll, type SetUp } from '../relayed-zaps.ts';
import { clientRenamed, lessonMoved, sampleDelivery } from '../sample-delivery.ts';
import { unlessAborted } from '../stop-signal.ts';
import { countOf } from '../table.ts';
import { print } from '../terminal.ts';
import { labelOf, messageOf } from '../zapier.ts';
import { editorText } from './editor.ts';
import { FAILING_TRIGGER, type Past } from './past.ts';
import { personalTexts, relayFilesText } from './relay-files.ts';
import { demonstrateRoundTrip, ENQUIRY } from './round-trip.ts';

/** Triggers of the first Zaps. */
const RELAYED_TRIGGERS = ['lesson_completed', FAILING_TRIGGER];
const EDITED_TRIGGER = 'tutor_label_added';

const labelsOf = ({ app }: SetUp, triggers: readonly string[]): string =>
  triggers.map((key) => labelOf(app, key)).join(' and ');

/** Turns Zaps on at the relay and sends an event for each to the relay's webhook URL. */
async function demonstrateRelay(setUp: SetUp): Promise<void> {
  const { app, runs } = setUp;
  await turnOnAll(setUp, ...RELAYED_TRIGGERS);
  print(`Two Zaps are on: ${labelsOf(setUp, RELAYED_TRIGGERS)}.`);
  print('The app registered its channel at the relay with its registration secret.');
  print(`TutorCruncher sends the events for both to one URL:\n${await setUp.webhookUrl()}`);
  for (const key of RELAYED_TRIGGERS) {
    await runs.runAfter(async () => {
      const { bytes, status } = await sendEvent(setUp, sampleDelivery(key));
      print(`\nSent the sample for ${labelOf(app, key)} (${countOf(bytes, 'byte')}) to the relay: ${status}`);
    }, key);
  }
}

/**
 * Sends pairs of events. Because the relay also sends the previous event about the same lesson or client, the records
 * describe what changed.
 */
async function demonstrateChanges(setUp: SetUp): Promise<void> {
  const changes = [lessonMoved(), clientRenamed()];
  const triggers = changes.map(({ trigger }) => trigger);
  await turnOnAll(setUp, ...triggers);
  print(`Two more Zaps are on: ${labelsOf(setUp, triggers)}.`);
  for (const { trigger, deliveries } of changes) {
    await setUp.runs.runAfter(async () => {
      const statuses = [];
      for (const delivery of deliveries) statuses.push((await sendEvent(setUp, delivery)).status);
      print(`\nSent the events before and after the change to the relay: ${statuses.join(', ')}`);
    }, trigger);
  }
}

/** Prints a trigger as Zapier's editor shows it. */
async function showEditor({ app, zapier, showsAll }: SetUp): Promise<void> {
  print(await editorText(app, zapier, EDITED_TRIGGER, showsAll));
}

/** Prints which of the relay's files contain the names in the events of the tour. */
function showFiles({ relayFolder, sent }: SetUp): void {
  print(relayFilesText(relayFolder, personalTexts([...sent, ENQUIRY])));
}

const CHAPTERS: readonly (readonly [title: string, show: (setUp: SetUp) => unknown])[] = [
  ['Two Zaps receive events through the relay', demonstrateRelay],
  ['A lesson is moved and a client is renamed', demonstrateChanges],
  ["A trigger in Zapier's editor", showEditor],
  ['A Zap answers an enquiry', demonstrateRoundTrip],
  ["The relay's files", showFiles],
];

/** Prints the chapters. A chapter that fails is replaced by its error message. */
async function showChapters(setUp: SetUp): Promise<void> {
  for (const [index, [title, show]] of CHAPTERS.entries()) {
    const heading = `${index + 1}. ${title}`;
    print(`\n${heading}\n${'='.repeat(heading.length)}`);
    try {
      await show(setUp);
    } catch (error) {
      print(`\nThis chapter could not be shown: ${messageOf(error)}`);
    }
  }
}

/** Returns the text of a promise, or a text about its failure. */
const textOrError = (text: Promise<string>, failure: string): Promise<string> =>
  text.catch((error: unknown) => `${failure}: ${messageOf(error)}`);

/**
 * Starts the relay, sends the events of the past, and prints the tour.
 *
 * @param zapPort - port of the stand-in for Zapier
 * @throws the signal's reason if the signal aborts
 */
export async function showTour(
  setUp: SetUp,
  startRelay: StartRelay,
  past: Past,
  zapPort: number,
  stop: AbortSignal,
): Promise<void> {
  const sending = past
    .play(setUp, startRelay, stop)
    .then(
      (count) =>
        `The relay contains ${count} events of a fictional branch from the last two days. Its clock was set back to receive them.`,
    );
  const pastText = await unlessAborted(stop, textOrError(sending, 'The events of the last two days could not be sent'));
  await unlessAborted(stop, startRelay());
  print(`\n${pastText}`);
  setUp.runs.form = 'fields';
  await unlessAborted(stop, showChapters(setUp));
  await unlessAborted(stop, turnOnAll(setUp, NOTICE_TRIGGER));
  print(`
A Zap with the trigger ${labelOf(setUp.app, NOTICE_TRIGGER)} is on, too. In this tour, it is told of a Zap that fails after ${NOTICE_TIMES.failingMs / 1000} seconds, not 30 minutes.`);
  const link = textOrError(
    consoleLinkOf(setUp.zapier, FAILING_TRIGGER),
    'The link to the console could not be created',
  );
  print(`
See what happened: ${await unlessAborted(stop, link)}

Listening. Press Ctrl-C to stop. Until then, send another event from a second terminal:

  ${startCommand(zapPort)} -- send invoice_paid
`);
}
