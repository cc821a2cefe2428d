/** Events about the tutors and students of a lesson: Lesson Updated and Lesson People Changed. */

import { describe, expect, it } from '@jest/globals';

import { CLASS_LESSON, FAMILIES, STUDENT_ROWS, tracesOfOthers, TUTOR_ROWS } from '../../local/events/class-of-nine.ts';
import { deliveryOf, directZ, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { deliver } from '../support/app-tester.ts';
import { directZWith } from '../support/direct-z.ts';
import { loadRelayedTriggers, receive } from '../support/relayed-triggers.ts';
import { sealedEnvelope, signedContent, withBurst, withPrevious } from '../support/sealed-envelope.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();
const relayed = await loadRelayedTriggers();

const { sampleEvent } = triggerOf('lesson_updated');
const EDITED = 'EDITED_AN_APPOINTMENT';
const TUTOR_ADDED = 'ADDED_CONTRACTOR_TO_APPOINTMENT';
const PEOPLE_ACTIONS = [
  ...[TUTOR_ADDED, 'REMOVED_CONTRACTOR_FROM_APPOINTMENT', 'EDITED_CONTRACTOR_ON_APPOINTMENT'],
  ...['ADDED_SR_TO_APPOINTMENT', 'REMOVED_SR_FROM_APPOINTMENT', 'EDITED_SR_ON_APPOINTMENT'],
];

/**
 * Returns an event about the lesson of the class. @param second - time of the event, in seconds after the first event
 */
const event = (action: string, second: number, subject: JsonObject = {}): TutorCruncherEvent => ({
  ...sampleEvent,
  action,
  timestamp: `2026-06-10T18:05:${String(second + 10).padStart(2, '0')}.000000Z`,
  subject: { ...sampleEvent.subject, ...CLASS_LESSON, ...subject },
});

/**
 * Returns the records of a Zap with a relay, which knows earlier events: one from before the burst, and others of it.
 */
async function relayedRecords(
  key: string,
  [previous, ...burst]: readonly (TutorCruncherEvent | null)[],
  last: TutorCruncherEvent,
  inputData: JsonObject = {},
  z = directZ,
) {
  const sealed = (one: TutorCruncherEvent) => sealedEnvelope(PRIVATE_KEY, signedContent(deliveryOf(one), PRIVATE_KEY));
  const envelope = await sealed(last);
  const compared = previous ? withPrevious(envelope, await sealed(previous)) : envelope;
  const others = burst.filter((one) => one !== null);
  return receive(relayed(key), withBurst(compared, await Promise.all(others.map(sealed))), inputData, z);
}

const [FIRST_TUTOR = {}] = TUTOR_ROWS;
const ONE_TUTOR = { cjas: [FIRST_TUTOR] };

describe('Lesson Updated', () => {
  it.each(PEOPLE_ACTIONS)('runs for %s', async (action) => {
    const [record, ...others] = await deliver('lesson_updated', deliveryOf(event(action, 0)));
    expect([record?.event_action, others]).toEqual([action, []]);
  });

  const before = event('CREATED_AN_APPOINTMENT', -9, ONE_TUTOR);
  const dearer = STUDENT_ROWS.map((row) => ({ ...row, charge_rate: '99.00' }));

  it.each<[string, TutorCruncherEvent[], TutorCruncherEvent, number]>([
    ['an edit follows with the same state', [event(TUTOR_ADDED, 0)], event(EDITED, 1), 0],
    ['an edit came first', [event(EDITED, 0)], event(TUTOR_ADDED, 1), 0],
    ['the newer event arrived first', [event(EDITED, 1)], event(TUTOR_ADDED, 0), 0],
    ['the other event is no update', [event('BOOKED_AN_APPOINTMENT', 0)], event(TUTOR_ADDED, 1), 1],
    ['the edit changes something else', [event(TUTOR_ADDED, 0)], event(EDITED, 1, { topic: 'New' }), 1],
    ['the edit changes only rates', [event(TUTOR_ADDED, 0)], event(EDITED, 1, { rcras: dearer }), 1],
    [
      'the tutor is removed and added again',
      [event(TUTOR_ADDED, 0), event('REMOVED_CONTRACTOR_FROM_APPOINTMENT', 1, ONE_TUTOR)],
      event(TUTOR_ADDED, 2),
      1,
    ],
  ])('runs once for one change with a relay: %s', async (_case, burst, last, runs) => {
    expect(await relayedRecords('lesson_updated', [before, ...burst], last)).toHaveLength(runs);
  });

  it('says what may come twice, in an app without a relay', () => {
    expect(triggerOf('lesson_updated').definition.display.description).toContain('twice');
    expect(relayed('lesson_updated').definition.display.description).not.toContain('twice');
  });
});

const KEY = 'lesson_people_changed';
const TUTOR_REMOVED = 'REMOVED_CONTRACTOR_FROM_APPOINTMENT';
const STUDENT_ADDED = 'ADDED_SR_TO_APPOINTMENT';
const STUDENT_REMOVED = 'REMOVED_SR_FROM_APPOINTMENT';
const STUDENT_EDITED = 'EDITED_SR_ON_APPOINTMENT';
const CREATED = 'CREATED_AN_APPOINTMENT';
const [AMA = {}, KOFI = {}, CHIARA = {}, DARIO = {}, EMIL = {}] = STUDENT_ROWS;
const NOT_YET: JsonObject = { rcras: undefined, cjas: undefined };

/** Returns a lesson with these students, and with texts that name families. */
const withStudents = (...rcras: readonly JsonObject[]): JsonObject => ({ rcras });
const withTutors = (...cjas: readonly JsonObject[]): JsonObject => ({ cjas });
const [HANNAH = {}, SAMUEL = {}] = TUTOR_ROWS;
/** Returns a TutorCruncher whose lesson has the people of an event, or other people. */
const readingLesson = ({ subject }: TutorCruncherEvent, people: JsonObject = {}) =>
  directZWith(({ pathname }) =>
    pathname === '/api/branch/' ? { id: 4021, name: 'Bristol' } : { ...subject, ...people, model: undefined },
  );
const namesIn = (records: readonly JsonObject[]) => records.map(({ changed_people: names }) => names);

describe('the people whom Lesson People Changed names', () => {
  it.each<[string, (TutorCruncherEvent | null)[], TutorCruncherEvent, unknown[]]>([
    ['an added tutor', [event(CREATED, -9, ONE_TUTOR)], event(TUTOR_ADDED, 0), ['Samuel Okoro']],
    ['the first tutor', [event(CREATED, -9, withTutors())], event(TUTOR_ADDED, 0, ONE_TUTOR), ['Hannah Whitlock']],
    ['a removed tutor', [event(CREATED, -9)], event(TUTOR_REMOVED, 0, withTutors(SAMUEL)), ['Hannah Whitlock']],
    ['the last tutor', [event(CREATED, -9, ONE_TUTOR)], event(TUTOR_REMOVED, 0, withTutors()), ['Hannah Whitlock']],
    [
      'the removed tutor of a cover whose addition arrived first',
      [event(CREATED, -9, withTutors(HANNAH)), event(TUTOR_ADDED, 1, withTutors(SAMUEL))],
      event(TUTOR_REMOVED, 0, withTutors(SAMUEL)),
      ['Hannah Whitlock'],
    ],
    [
      'the added tutor of a cover whose events show the same lesson',
      [event(CREATED, -9, withTutors(HANNAH)), event(TUTOR_REMOVED, 0, withTutors(SAMUEL))],
      event(TUTOR_ADDED, 1, withTutors(SAMUEL)),
      ['Samuel Okoro'],
    ],
    [
      'an edited student',
      [event(CREATED, -9, withStudents(AMA, KOFI))],
      event(STUDENT_EDITED, 0, withStudents(AMA, { ...KOFI, charge_rate: '1.00' })),
      ['Kofi Abara'],
    ],
    [
      'an edited student, although earlier rows lack a field and have older names, and write amounts as numbers',
      [
        event(
          CREATED,
          -9,
          withStudents(
            ...[AMA, KOFI].map((row) => ({ ...row, status: undefined, paying_client_name: 'A', charge_rate: 42 })),
          ),
        ),
      ],
      event(STUDENT_EDITED, 0, withStudents({ ...AMA, charge_rate: '42.00' }, { ...KOFI, charge_rate: '1.00' })),
      ['Kofi Abara'],
    ],
    [
      'an added student after an edit with the same lesson',
      [event(CREATED, -9, withStudents(AMA)), event(EDITED, 0, withStudents(AMA, EMIL))],
      event(STUDENT_ADDED, 1, withStudents(AMA, EMIL)),
      ['Emil Castellan'],
    ],
    [
      'each of two students once, if their events show one student each',
      [event(CREATED, -9, withStudents()), event(STUDENT_ADDED, 0, withStudents(AMA))],
      event(STUDENT_ADDED, 1, withStudents(AMA, EMIL)),
      ['Emil Castellan'],
    ],
    [
      'two students, if the event shows both',
      [event(CREATED, -9, withStudents(KOFI))],
      event(STUDENT_ADDED, 1, withStudents(AMA, KOFI, EMIL)),
      ['Ama Abara, Emil Castellan'],
    ],
    [
      'nobody a second time, if both events show both students',
      [event(CREATED, -9, withStudents(KOFI)), event(STUDENT_ADDED, 0, withStudents(AMA, KOFI, EMIL))],
      event(STUDENT_ADDED, 1, withStudents(AMA, KOFI, EMIL)),
      [],
    ],
    [
      'nobody a second time, if the newer event arrived first',
      [event(CREATED, -9, withStudents(AMA, EMIL)), event(STUDENT_REMOVED, 1, withStudents())],
      event(STUDENT_REMOVED, 0, withStudents(AMA)),
      [],
    ],
    [
      'a student who is removed and added again',
      [
        event(CREATED, -9, withStudents(AMA)),
        event(STUDENT_ADDED, 0, withStudents(AMA, EMIL)),
        event(STUDENT_REMOVED, 1, withStudents(AMA)),
      ],
      event(STUDENT_ADDED, 2, withStudents(AMA, EMIL)),
      ['Emil Castellan'],
    ],
    ['nobody without an earlier event', [null], event(TUTOR_ADDED, 0), [null]],
    ['nobody if earlier events lack the people', [event(CREATED, -9, NOT_YET)], event(TUTOR_ADDED, 0), [null]],
    ['nobody if the lesson has not changed', [event(CREATED, -9)], event(TUTOR_ADDED, 0), [null]],
    [
      'nobody if an earlier list may not have been sent',
      [event(CREATED, -9, withTutors())],
      event(TUTOR_ADDED, 0),
      [null],
    ],
  ])('are %s', async (_case, earlier, last, names) => {
    expect(namesIn(await relayedRecords(KEY, earlier, last, {}, readingLesson(last)))).toEqual(names);
  });

  it('are those whom the lesson lacks, if the event has an empty list', async () => {
    const [before, last] = [event(CREATED, -9), event(TUTOR_REMOVED, 0, withTutors())];
    const read = readingLesson(last, withTutors(SAMUEL));
    expect(namesIn(await relayedRecords(KEY, [before], last, {}, read))).toEqual(['Hannah Whitlock']);
    expect(namesIn(await relayedRecords(KEY, [before], last))).toEqual([null]);
  });

  it('are nobody in an app without a relay, which offers no runs for each person', async () => {
    const [record] = await deliver(KEY, deliveryOf(event(TUTOR_ADDED, 0)));
    expect(record).toMatchObject({ event_action: TUTOR_ADDED });
    expect(record).not.toHaveProperty('changed_people');
    expect(triggerOf(KEY).inputFields.map(({ key }) => key)).not.toContain('run_for');
  });

  it('are those of the chosen events', async () => {
    const actions = { actions: [TUTOR_ADDED] };
    const before = event(CREATED, -9, withTutors(HANNAH));
    expect(await relayedRecords(KEY, [before], event(TUTOR_REMOVED, 0, withTutors()), actions)).toEqual([]);
    const added = await relayedRecords(KEY, [before], event(TUTOR_ADDED, 0), actions);
    expect(added[0]).toMatchObject({ changed_people: 'Samuel Okoro', changed_people_ids: '403' });
  });
});

describe('the runs of Lesson People Changed for each person', () => {
  const FULL = event(CREATED, -9);
  const withoutKofi = withStudents(...STUDENT_ROWS.filter((row) => row !== KOFI));
  const withoutSiblings = withStudents(...STUDENT_ROWS.filter((row) => row !== CHIARA && row !== DARIO));
  const [ABARA, BELLINI] = FAMILIES;

  it.each<[string, string, TutorCruncherEvent, number, unknown]>([
    ['an added tutor', 'tutor', event(TUTOR_ADDED, 0), 1, 'Samuel Okoro'],
    ['an added tutor', 'client', event(TUTOR_ADDED, 0), 7, 'Samuel Okoro'],
    ['an added tutor', 'student', event(TUTOR_ADDED, 0), 9, 'Samuel Okoro'],
    ['a removed student', 'student', event(STUDENT_REMOVED, 0, withoutKofi), 1, 'Kofi Abara'],
    ['a removed student', 'client', event(STUDENT_REMOVED, 0, withoutKofi), 1, 'Kofi Abara'],
    ['a removed student', 'tutor', event(STUDENT_REMOVED, 0, { ...ONE_TUTOR, ...withoutKofi }), 1, 'Kofi Abara'],
    ['two removed siblings', 'client', event(STUDENT_REMOVED, 0, withoutSiblings), 1, 'Chiara Bellini, Dario Bellini'],
    ['the last student', 'student', event(STUDENT_REMOVED, 0, withStudents()), 9, 'Ama Abara'],
  ])('are those whom %s concerns, for each %s', async (_what, kind, last, runs, name) => {
    const before = last.action === TUTOR_ADDED ? event(CREATED, -9, ONE_TUTOR) : FULL;
    const records = await relayedRecords(KEY, [before], last, { run_for: kind }, readingLesson(last));
    expect([records.length, records[0]?.changed_people]).toEqual([runs, name]);
  });

  it('have the row of the removed tutor', async () => {
    const last = event(TUTOR_REMOVED, 0, withTutors(SAMUEL));
    const [record, ...others] = await relayedRecords(KEY, [FULL], last, { run_for: 'tutor' });
    expect(record).toMatchObject({ tutor_names: 'Hannah Whitlock', changed_people: 'Hannah Whitlock' });
    expect([others, JSON.stringify(record).includes('Samuel')]).toEqual([[], false]);
  });

  it.each([
    ['student', 'Kofi Abara'],
    ['client', 'Ama Abara, Kofi Abara'],
  ])('show nothing of another family after a removal, for each %s', async (kind, students) => {
    const notes = FAMILIES.flatMap(({ name, students: own }) => [name, ...own.map((each) => each.name)]).map(
      (name, index) => ({
        id: index,
        type: 'Short',
        name: `Note ${index}`,
        machine_name: `note_${index}`,
        value: name,
      }),
    );
    // Another student is removed at the same time, and a third was removed before.
    const [, , , , , PETRA = {}] = STUDENT_ROWS;
    const texts = { extra_attrs: notes, comments: 'Swapped with Emil Castellan' };
    const burst = event(STUDENT_REMOVED, 0, {
      ...withStudents(...STUDENT_ROWS.filter((row) => row !== EMIL)),
      ...texts,
    });
    const rest = STUDENT_ROWS.filter((row) => row !== KOFI && row !== EMIL && row !== PETRA);
    const last = {
      ...event(STUDENT_REMOVED, 1, { ...withStudents(...rest), ...texts }),
      extra_msg: 'Removed Kofi Abara and Petra Dvorak',
      actor: { id: BELLINI.client, name: BELLINI.name, url: 'https://app.tutorcruncher.com/api/clients/70102/' },
    };
    const before = event(CREATED, -9, texts);
    const records = await relayedRecords(KEY, [before, burst], last, { run_for: kind });
    const record = records.find(({ changed_people: name }) => name === 'Kofi Abara') ?? {};
    expect(record).toMatchObject({ student_names: students, event_message: null, actor_name: null });
    expect(record.students).toContainEqual(expect.objectContaining({ client_name: 'Parent Abara' }));
    expect(tracesOfOthers(record, [ABARA])).toEqual([]);
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  });

  it.each([
    ['no earlier event is known', null, event(STUDENT_REMOVED, 0, withoutKofi)],
    ['earlier events show the same students', event(CREATED, -9, withoutKofi), event(STUDENT_REMOVED, 0, withoutKofi)],
  ])('stop with a message if %s', async (_case, before, last) => {
    for (const run_for of ['student', 'client']) {
      const run = relayedRecords(KEY, [before], last, { run_for });
      await expect(run).rejects.toThrow('The earlier events do not show which student was removed.');
      await expect(run).rejects.toMatchObject({ name: 'HaltedError' });
    }
    expect(await relayedRecords(KEY, [before], last, { run_for: 'tutor' })).toHaveLength(2);
  });

  it.each([
    ['lacks its students', undefined],
    ['has an empty list of students', []],
  ])('read the lesson if the event %s', async (_case, rcras) => {
    const last = event(STUDENT_REMOVED, 0, { rcras });
    const read = readingLesson(last, withoutKofi);
    const records = await relayedRecords(KEY, [FULL], last, { run_for: 'student' }, read);
    expect(records.map((record) => record.student_names)).toEqual(['Kofi Abara']);
  });

  it('are none for a removed student without a client, for each client', async () => {
    const alone = { ...EMIL, paying_client: null };
    const before = event(CREATED, -9, withStudents(AMA, alone));
    const last = event(STUDENT_REMOVED, 0, withStudents(AMA));
    expect(await relayedRecords(KEY, [before], last, { run_for: 'client' })).toEqual([]);
  });
});
