/** The tour that `npm start -- tour` prints, in chapters. */

import { NOTICE_TRIGGER } from '../../wire/notice.ts';
import { startCommand } from '../environment.ts';
import { NOTICE_TIMES, type StartRelay } from '../local-relay.ts';
import { consoleLinkOf, sendEvent, turnOnAll, type SetUp } from '../relayed-zaps.ts';
import { clientRenamed, lessonMoved, sampleDelivery } from '../sample-delivery.ts';
import { countOf } from '../table.ts';
import { print } from '../terminal.ts';
import { labelOf, messageOf } from '../zapier.ts';
import { showEditor } from './editor.ts';
import { FAILING_TRIGGER, sendPast } from './past.ts';
import { personalTexts, relayFilesText } from './relay-files.ts';
import { demonstrateRoundTrip, ENQUIRY } from './round-trip.ts';

const RELAYED_TRIGGERS = ['lesson_completed', FAILING_TRIGGER];

const labelsOf = ({ app }: SetUp, triggers: readonly string[]): string =>
  triggers.map((key) => labelOf(app, key)).join(' and ');

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
 * Sends pairs of events. The relay sends the second event together with the first, so the record describes the change.
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

const textOrError = (text: Promise<string>, failure: string): Promise<string> =>
  text.catch((error: unknown) => `${failure}: ${messageOf(error)}`);

/** Sends the events of the past, starts the relay, and prints the tour. @param zapPort - port of the stand-in for Zapier */
export async function showTour(setUp: SetUp, startRelay: StartRelay, zapPort: number): Promise<void> {
  const sending = sendPast(setUp, startRelay).then(
    (count) =>
      `The relay contains ${count} events of a fictional branch from the last two days. Its clock was set back to receive them.`,
  );
  const pastText = await textOrError(sending, 'The events of the last two days could not be sent');
  await startRelay();
  print(`\n${pastText}`);
  setUp.runs.form = 'fields';
  await showChapters(setUp);
  await turnOnAll(setUp, NOTICE_TRIGGER);
  print(`
A Zap with the trigger ${labelOf(setUp.app, NOTICE_TRIGGER)} is on, too. In this tour, it is told of a Zap that fails after ${NOTICE_TIMES.failingMs / 1000} seconds, not 30 minutes.`);
  const link = consoleLinkOf(setUp.zapier, FAILING_TRIGGER);
  print(`
See what happened: ${await textOrError(link, 'The link to the console could not be created')}

Listening. Press Ctrl-C to stop. Until then, send another event from a second terminal:

  ${startCommand(zapPort)} -- send invoice_paid
`);
}
