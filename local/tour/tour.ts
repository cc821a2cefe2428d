/**
 * The tour that `npm start -- tour` prints, in chapters: events that pass through the relay, changes between two events, a
 * trigger in Zapier's editor, a Zap that writes to TutorCruncher, and the relay's files.
 */

import { objects } from '../../objects/index.ts';
import { createAccount } from '../api/seed.ts';
import { startCommand } from '../environment.ts';
import { NOTICE_TIMES, type LocalRelay } from '../local-relay.ts';
import { consoleLinkOf, sendEvent, turnOnAll, type SetUp } from '../relayed-zaps.ts';
import { sampleDelivery } from '../sample-delivery.ts';
import { unlessAborted } from '../stop-signal.ts';
import { print, terminalWidth } from '../terminal.ts';
import { countOf } from '../zap-result.ts';
import { labelOf, messageOf } from '../zapier.ts';
import { NOTICE_TRIGGER } from '../../wire/notice.ts';
import { demonstrateChanges } from './changes.ts';
import { runDay } from './day.ts';
import { editorText } from './editor.ts';
import { playPast } from './past.ts';
import { personalTexts, relayFilesText } from './relay-files.ts';
import { demonstrateRoundTrip, ENQUIRY } from './round-trip.ts';
import { FAILING_TRIGGER, type ZapResponses } from './zap-responses.ts';

/** Triggers of the first Zaps. */
const RELAYED_TRIGGERS = ['lesson_completed', FAILING_TRIGGER];
const EDITED_TRIGGER = 'tutor_label_added';

/** Turns Zaps on at the relay and sends an event for each to the relay's webhook URL. */
async function demonstrateRelay(setUp: SetUp): Promise<void> {
  const { app, runs } = setUp;
  await turnOnAll(setUp, ...RELAYED_TRIGGERS);
  print(`Two Zaps are on: ${RELAYED_TRIGGERS.map((key) => labelOf(app, key)).join(' and ')}.`);
  print('The app registered its channel at the relay with its registration secret.');
  print(`TutorCruncher sends the events for both to one URL:\n${await setUp.webhookUrl()}`);
  for (const key of RELAYED_TRIGGERS) {
    // This is queued, so that the Zap's run is printed after the relay's response.
    await runs.runAfter(async () => {
      const { bytes, status } = await sendEvent(setUp, sampleDelivery(key));
      print(`\nSent the sample for ${labelOf(app, key)} (${countOf(bytes, 'byte')}) to the relay: ${status}`);
    }, key);
  }
}

/** Prints a trigger as Zapier's editor shows it. */
async function showEditor({ app, zapier, showsAll }: SetUp): Promise<void> {
  print(await editorText(app, zapier, EDITED_TRIGGER, terminalWidth(), showsAll));
}

/** Prints which of the relay's files contain the names in the events of the tour. */
function showFiles({ relayFolder, sent, tutorCruncher }: SetUp): Promise<void> {
  const texts = personalTexts([...sent, tutorCruncher ? ENQUIRY : {}]);
  print(relayFilesText(relayFolder, texts));
  return Promise.resolve();
}

/** Prints the chapters. A chapter that fails is replaced by its error message. */
async function showChapters(setUp: SetUp): Promise<void> {
  const chapters: [title: string, show: (setUp: SetUp) => Promise<void>][] = [
    ['Two Zaps receive events through the relay', demonstrateRelay],
    ['A lesson is moved and a client is renamed', demonstrateChanges],
    ["A trigger in Zapier's editor", showEditor],
    ['A Zap answers an enquiry', demonstrateRoundTrip],
    ["The relay's files", showFiles],
  ];
  for (const [index, [title, show]] of chapters.entries()) {
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

/** The parts of the demo that the tour uses. */
export interface TourOptions {
  readonly setUp: SetUp;
  /** The relay, which is not running yet. */
  readonly relay: LocalRelay;
  readonly responses: ZapResponses;
  /** Port of the stand-in for Zapier. */
  readonly zapPort: number;
  /** Called after the last chapter. */
  readonly onDemonstrated: (setUp: SetUp) => void;
  readonly stop: AbortSignal;
}

/**
 * Starts the relay, prints the tour, and sends the events of a day.
 *
 * @throws the signal's reason if the signal aborts
 */
export async function showTour({ setUp, relay, responses, zapPort, onDemonstrated, stop }: TourOptions): Promise<void> {
  const { runs, zapier, tutorCruncher } = setUp;
  const account = tutorCruncher?.account ?? createAccount(objects);
  const past = playPast(setUp, account, relay, responses, stop).then(
    (count) =>
      `The relay contains ${count} events of a fictional branch from the last two days. Its clock was set back to receive them.`,
  );
  const pastText = await unlessAborted(stop, textOrError(past, 'The events of the last two days could not be sent'));
  await unlessAborted(stop, relay.start());
  print(`\n${pastText}`);
  runs.show('table');
  await unlessAborted(stop, showChapters(setUp));
  await unlessAborted(stop, turnOnAll(setUp, NOTICE_TRIGGER));
  const seconds = NOTICE_TIMES.failingMs / 1000;
  print(`
A Zap with the trigger ${labelOf(setUp.app, NOTICE_TRIGGER)} is on, too. In this tour, it is told of a Zap that fails after ${seconds} seconds, not 30 minutes.`);
  const link = textOrError(consoleLinkOf(zapier, FAILING_TRIGGER), 'The link to the console could not be created');
  print(`
See what happened: ${await unlessAborted(stop, link)}

Listening. Press Ctrl-C to stop. Until then, send another event from a second terminal:

  ${startCommand(zapPort)} -- send invoice_paid
`);
  runs.show('line');
  onDemonstrated(setUp);
  await unlessAborted(stop, runDay(setUp, account, responses, stop));
}
