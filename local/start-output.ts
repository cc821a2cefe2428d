/**
 * The short form of the demonstration, which `npm start` prints: a record as a Zap receives it, a change, and
 * suggestions.
 */

import { startCommand } from './environment.ts';
import { mainFields } from './main-fields.ts';
import { consoleLinkOf, recordAfter, turnOnAll, type SetUp } from './relayed-zaps.ts';
import { lessonMoved, sampleDelivery } from './sample-delivery.ts';
import { countOf, fieldLines } from './record-table.ts';
import { print } from './terminal.ts';
import { changeTexts } from './zap-runs.ts';
import { triggerLabelOf, shownMessageOf, outputFieldsOf } from './app-runner.ts';

const TRIGGER = 'lesson_completed';
const MAX_FIELDS = 7;

async function showEvents(setUp: SetUp): Promise<void> {
  const { app, zapier } = setUp;
  const moved = lessonMoved();
  await turnOnAll(setUp, TRIGGER, moved.trigger);
  const record = await recordAfter(setUp, TRIGGER, sampleDelivery(TRIGGER));
  const fields = await outputFieldsOf(zapier, `triggers.${TRIGGER}.operation`);
  const shown = Object.fromEntries(Object.entries(mainFields(TRIGGER, record)).slice(0, MAX_FIELDS));
  print(`
A lesson is completed. TutorCruncher sends an event to the relay, and the Zap with the trigger "${triggerLabelOf(app, TRIGGER)}" receives this record:

${fieldLines(fields, shown)}
  ... and ${countOf(Object.keys(record).length - MAX_FIELDS, 'more field')}`);

  const changed = await recordAfter(setUp, moved.trigger, ...moved.deliveries);
  print(`
A lesson is moved. The Zap with the trigger "${triggerLabelOf(app, moved.trigger)}" also receives what has changed:

${(changeTexts(changed) ?? []).map((text) => `  ${text}`).join('\n')}`);
}

/** Prints the short form after the introduction. @param zapPort - port of the stand-in for Zapier */
export async function showShortForm(setUp: SetUp, zapPort: number): Promise<void> {
  try {
    await showEvents(setUp);
    print(`\nSee in the console what happened to the events:\n${await consoleLinkOf(setUp.zapier, TRIGGER)}`);
  } catch (error) {
    print(`\nThe events could not be shown: ${shownMessageOf(error)}`);
  }
  const commands = [
    [`${startCommand(zapPort)} -- send invoice_paid`, 'the event of another trigger'],
    ['npm start -- do find_tutor tutor=402', 'a search in TutorCruncher'],
    ['npm start -- help', 'all commands'],
  ] as const;
  const width = Math.max(...commands.map(([command]) => command.length));
  print(`
Listening. Press Ctrl-C to stop. Until then, try in a second terminal:

${commands.map(([command, purpose]) => `  ${command.padEnd(width)}  # ${purpose}`).join('\n')}`);
}
