/**
 * Demonstration that `npm start` prints: events that pass through the relay, changes between two events, a trigger in
 * Zapier's editor, a Zap that writes to TutorCruncher, and the relay's files.
 */

import { randomBytes } from 'node:crypto';

import { deriveToken } from '../wire/capability.ts';
import { CHANNEL_PATH, type ChannelRequest } from '../wire/relay-api.ts';
import { EnvelopeOpener } from '../wire/sealing/envelope-opener.ts';
import { sealKeyText } from '../wire/sealing/seal-key.ts';
import type { TutorCruncher } from './api/tutorcruncher.ts';
import { pastAt } from './day/past.ts';
import { editorText } from './editor.ts';
import { demonstrateChanges, SEQUENCES } from './changes.ts';
import { personalTexts, relayFilesText } from './relay-files.ts';
import { sendToRelay, statusOf, turnOnAll, webhookUrlOf } from './relayed-zaps.ts';
import { demonstrateRoundTrip, ENQUIRY } from './round-trip.ts';
import { sampleDelivery } from './sample-delivery.ts';
import { deliveriesOf } from './sequence.ts';
import { countOf } from './zap-result.ts';
import type { ZapRuns } from './zap-runs.ts';
import { messageOf, type App, type Runner } from './zapier.ts';
import { print, terminalWidth } from './terminal.ts';

/** Triggers of the Zaps that the demonstration turns on. */
const RELAYED_TRIGGERS = ['lesson_completed', 'invoice_paid'] as const;
const EDITED_TRIGGER = 'tutor_label_added';

/** Parts of the local set-up that the demonstration uses. */
export interface Demonstration {
  readonly app: App;
  readonly zapier: Runner;
  /** Origin of the stand-in for Zapier. */
  readonly zapOrigin: string;
  readonly relayOrigin: string;
  /** The folder of the relay's store. */
  readonly relayFolder: string;
  readonly privateKey: string;
  readonly runs: ZapRuns;
  /** Keys of the triggers of the Zaps that are on. */
  readonly zapsOn: Set<string>;
  /** True to print all fields of records, not just the main ones. */
  readonly showsAll: boolean;
  /** The stand-in for TutorCruncher; null if the app uses a real account, which the demonstration never changes. */
  readonly tutorCruncher: TutorCruncher | null;
}

/** Sends the sample delivery of a trigger to the relay and prints the relay's response. */
async function sendSample(url: string, title: string, triggerKey: string, privateKey: string): Promise<void> {
  const { bytes, status } = await sendToRelay(url, sampleDelivery(triggerKey), privateKey);
  print(`\nSent the sample for ${title} (${countOf(bytes, 'byte')}) to the relay: ${status}`);
}

/** Tries to register a channel like a stranger who has a private key but no registration secret. Returns the status. */
async function registerAsStranger(relayOrigin: string): Promise<string> {
  const privateKey = randomBytes(20).toString('hex');
  const token = deriveToken(privateKey, relayOrigin);
  const { publicKey } = await new EnvelopeOpener(privateKey, relayOrigin).sealKeyPair();
  const registration: ChannelRequest = { seal_key: sealKeyText(publicKey) };
  const response = await fetch(`${relayOrigin}${CHANNEL_PATH}`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(registration),
  });
  await response.text();
  return statusOf(response);
}

/** Turns Zaps on at the relay and sends an event for each to the relay's webhook URL. */
async function demonstrateRelay(demonstration: Demonstration): Promise<void> {
  const { app, zapier, relayOrigin, privateKey, runs } = demonstration;
  const label = (key: string) => app.triggers[key]?.display.label ?? key;
  await turnOnAll(demonstration, RELAYED_TRIGGERS);
  const url = await webhookUrlOf(zapier, RELAYED_TRIGGERS[0]);
  print(`Two Zaps are on: ${RELAYED_TRIGGERS.map(label).join(' and ')}.`);
  print('The app registered its channel at the relay with its registration secret.');
  print(`A stranger without the secret tries to register a channel: ${await registerAsStranger(relayOrigin)}`);
  print(`TutorCruncher sends the events for both to one URL:\n${url}`);
  for (const key of RELAYED_TRIGGERS) {
    const run = runs.nextRun(key);
    // The promise is awaited below. This handler keeps an earlier rejection from being reported as unhandled.
    run.catch(() => undefined);
    // This is queued, so that the Zap's run is printed after the relay's response.
    await runs.inOrder(() => sendSample(url, label(key), key, privateKey));
    await run;
  }
}

const heading = (text: string): string => `\n${text}\n${'='.repeat(text.length)}`;

/** Prints the demonstration. A part that fails is replaced by its error message. */
export async function demonstrate(demonstration: Demonstration): Promise<void> {
  print(heading('1. Two Zaps receive events through the relay'));
  try {
    await demonstrateRelay(demonstration);
  } catch (error) {
    print(`\nThe events did not reach the Zaps: ${messageOf(error)}`);
  }

  print(heading('2. A lesson is moved and a client is renamed'));
  try {
    await demonstrateChanges(demonstration);
  } catch (error) {
    print(`\nThe changes were not shown: ${messageOf(error)}`);
  }

  const { app, zapier, showsAll } = demonstration;
  print(heading("3. A trigger in Zapier's editor"));
  try {
    print(await editorText(app, zapier, EDITED_TRIGGER, terminalWidth(), showsAll));
  } catch (error) {
    print(`The editor could not load the trigger: ${messageOf(error)}`);
  }

  const { tutorCruncher, relayFolder } = demonstration;
  const past = pastAt(Date.now()).flatMap(({ events }) => events.map(({ change }) => change.fields));
  const texts = personalTexts([RELAYED_TRIGGERS.map(sampleDelivery), SEQUENCES.flatMap(deliveriesOf), past]);
  if (tutorCruncher) {
    print(heading('4. A Zap answers an enquiry'));
    texts.push(...Object.values(ENQUIRY));
    try {
      await demonstrateRoundTrip(demonstration, tutorCruncher);
    } catch (error) {
      print(`\nThe enquiry was not answered: ${messageOf(error)}`);
    }
  }

  print(heading(`${tutorCruncher ? 5 : 4}. The relay's files`));
  print(relayFilesText(relayFolder, texts));
}
