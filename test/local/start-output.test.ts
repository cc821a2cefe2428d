/** The output of `npm start` after the introduction, without a relay. */

import { afterEach, expect, it, jest } from '@jest/globals';

import type { Outcome, Runner } from '../../local/app-runner.ts';
import { triggerOf } from '../../local/hook-calls.ts';
import { showShortForm } from '../../local/start-output.ts';
import { ZapRuns } from '../../local/zap-runs.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { outputOf } from '../support/command-output.ts';

const COMPLETED = 'triggers.lesson_completed.operation';
const APP = {
  triggers: {
    lesson_completed: { display: { label: 'Lesson Completed' } },
    lesson_updated: { display: { label: 'Lesson Updated' } },
  },
};
const OUTPUT_FIELDS = [
  { key: 'field_a', label: 'First Field' },
  { key: 'field_c', label: 'Third' },
];

/** Returns a record with an id, and a field for each letter whose value is the letter. */
const recordWith = (letters: string): FlatRecord => ({
  id: '1',
  ...Object.fromEntries(Array.from(letters, (letter) => [`field_${letter}`, letter])),
});

/** The behaviour of the parts around the short form in a test. */
interface Surroundings {
  readonly zapPort: number;
  /** The outcome of a run about a completed lesson. */
  readonly completed: Outcome;
  /** Returns the texts of the changes in the record about a moved lesson, from the lesson's new start. */
  readonly changesText: (start: unknown) => string | null;
  /** The status with which the relay responds to deliveries. */
  readonly relayStatus: number;
  /** The text above the first input field. */
  readonly helpText: string;
  /** The error with which the app fails to turn on a Zap; null if it succeeds. */
  readonly refusal: Error | null;
}

const SURROUNDINGS: Surroundings = {
  zapPort: 4000,
  completed: { records: [recordWith('abcdefghi')] },
  changesText: (start) => `Lesson Start: Wed → ${String(start)}\nLesson Status: Planned → Complete`,
  relayStatus: 202,
  helpText: 'See the [console](http://r.example/console#key.GBP).',
  refusal: null,
};

const eventIn = (body: unknown) =>
  (JSON.parse(Buffer.from(body as Uint8Array).toString()) as { events: [{ action: string; subject: JsonObject }] })
    .events[0];

afterEach(() => {
  jest.restoreAllMocks();
});

/** Shows the short form. Returns its output, and the subscriptions of Zaps and the actions of deliveries, in order. */
async function shortForm(changes: Partial<Surroundings> = {}): Promise<{ output: string; log: unknown[] }> {
  const { zapPort, completed, changesText, relayStatus, helpText, refusal } = { ...SURROUNDINGS, ...changes };
  const log: unknown[] = [];
  const zapier: Runner = {
    call: (method, bundle) => {
      if (method === `${COMPLETED}.outputFields`) return Promise.resolve(OUTPUT_FIELDS);
      if (method === `${COMPLETED}.inputFields`) return Promise.resolve([{ key: 'copy', label: 'Copy', helpText }]);
      log.push([method, bundle]);
      return refusal ? Promise.reject(refusal) : Promise.resolve([]);
    },
    perform: (triggerKey, { body }) => {
      const moved = { id: '2', changes_text: changesText(eventIn(body).subject.start) };
      return Promise.resolve(triggerKey === 'lesson_completed' ? completed : { records: [moved] });
    },
    poll: () => Promise.resolve([]),
  };
  const runs = new ZapRuns(APP, zapier, false);
  const zapsOn = new Set<string>();
  // In place of the relay, runs the Zaps that are on and whose trigger is about the action of a delivery.
  jest.spyOn(globalThis, 'fetch').mockImplementation((_url, { body } = {}) => {
    const { action } = eventIn(body);
    log.push(action);
    const keys = [...zapsOn].filter((key) => triggerOf(key).sampleEvent.action === action);
    if (relayStatus === 202) for (const key of keys) runs.receive(key, { body: body as Uint8Array, headers: {} });
    return Promise.resolve(new Response('', { status: relayStatus }));
  });
  const webhookUrl = () => Promise.resolve('http://r.example/hooks/a');
  const setUp = { app: APP, zapier, zapOrigin: 'http://z.example', privateKey: 'a-key', runs, zapsOn, webhookUrl };
  const { output } = await outputOf(() => showShortForm(setUp, zapPort));
  return { output, log };
}

const COMMANDS = `
Listening. Press Ctrl-C to stop. Until then, try in a second terminal:

  npm start -- send invoice_paid        # the event of another trigger
  npm start -- do find_tutor tutor=402  # a search in TutorCruncher
  npm start -- help                     # all commands
`;

it('shows seven fields of a record, the changes of a moved lesson, a link to the console, and commands', async () => {
  expect((await shortForm()).output).toBe(`
A lesson is completed. TutorCruncher sends an event to the relay, and the Zap with the trigger "Lesson Completed" receives this record:

  First Field  a
  Field B      b
  Third        c
  Field D      d
  Field E      e
  Field F      f
  Field G      g
  ... and 3 more fields

A lesson is moved. The Zap with the trigger "Lesson Updated" also receives what has changed:

  Lesson Start: Wed → 2026-06-11T17:00:00Z
  Lesson Status: Planned → Complete

See in the console what happened to the events:
http://r.example/console#key.GBP
${COMMANDS}`);
});

it('turns both Zaps on before it sends the events', async () => {
  const subscriptionOf = (key: string) => [
    `triggers.${key}.operation.performSubscribe`,
    { targetUrl: `http://z.example/hooks/${key}` },
  ];
  expect((await shortForm()).log).toEqual([
    subscriptionOf('lesson_completed'),
    subscriptionOf('lesson_updated'),
    'MARKED_AN_APPOINTMENT_AS_COMPLETE',
    'CREATED_AN_APPOINTMENT',
    'EDITED_AN_APPOINTMENT',
  ]);
});

it('counts a single further field, and shows no changes that are unknown', async () => {
  const { output } = await shortForm({ completed: { records: [recordWith('abcdefg')] }, changesText: () => null });
  expect(output).toMatch(
    /^ {2}Field G {6}g\n {2}\.\.\. and 1 more field\n\nA lesson is moved\. .*:\n\n\n\nSee in the console /m,
  );
});

it.each<[cause: string, changes: Partial<Surroundings>, output: RegExp]>([
  [
    'the relay does not accept an event',
    { relayStatus: 503 },
    /^\nThe events could not be shown: the relay responded with 503\.\n/,
  ],
  [
    'the Zap does not run for the first event',
    { completed: { records: [] } },
    /^\nThe events could not be shown: the Zap with the trigger Lesson Completed did not run\.\n/,
  ],
  [
    'the app cannot turn on a Zap, with an error that zapier-platform-core has wrapped',
    { refusal: new Error(JSON.stringify({ message: 'No channel.' })) },
    /^\nThe events could not be shown: No channel\.\n/,
  ],
  [
    'the editor shows no link to the console',
    { helpText: '' },
    /Status: Planned → Complete\n\nThe events could not be shown: the editor shows no link to the console\.\n/,
  ],
])('says why it cannot show the events, and then shows the commands, if %s', async (_cause, changes, expected) => {
  const { output } = await shortForm(changes);
  expect(output).toMatch(expected);
  expect(output.endsWith(COMMANDS)).toBe(true);
  expect(output).not.toContain('See in the console');
});

it('shows a command with the port of the stand-in for Zapier, and aligns the purposes of the commands', async () => {
  expect((await shortForm({ zapPort: 4001 })).output).toContain(`:

  PORT=4001 npm start -- send invoice_paid  # the event of another trigger
  npm start -- do find_tutor tutor=402      # a search in TutorCruncher
  npm start -- help                         # all commands
`);
});
