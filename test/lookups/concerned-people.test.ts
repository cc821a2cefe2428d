/** The people whom a change of a lesson's people concerns. Lesson People Changed runs for each of these people. */

import { describe, expect, it } from '@jest/globals';
import type { ZObject } from 'zapier-platform-core';

import { FAMILIES, STUDENT_ROWS, tracesOfOthers, TUTOR_ROWS } from '../../local/events/class-of-nine.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import {
  CREATED,
  ONE_TUTOR,
  STUDENT_ADDED,
  STUDENT_REMOVED,
  TUTOR_ADDED,
  TUTOR_REMOVED,
  event,
  readingLesson,
  withStudents,
  withTutors,
} from '../support/class-events.ts';
import { loadRelayedTriggers, receiveAfter } from '../support/relayed-triggers.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();
const relayed = await loadRelayedTriggers();

const KEY = 'lesson_people_changed';
const [AMA = {}, KOFI = {}, CHIARA = {}, DARIO = {}, EMIL = {}] = STUDENT_ROWS;
const [, SAMUEL = {}] = TUTOR_ROWS;

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
    const records = await receiveAfter(relayed(KEY), [before], last, { run_for: kind }, readingLesson(last));
    expect([records.length, records[0]?.changed_people]).toEqual([runs, name]);
  });

  it('have the row of the removed tutor', async () => {
    const last = event(TUTOR_REMOVED, 0, withTutors(SAMUEL));
    const [record, ...others] = await receiveAfter(relayed(KEY), [FULL], last, { run_for: 'tutor' });
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
    // One other student is removed at the same time, and a third student was removed earlier.
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
    const records = await receiveAfter(relayed(KEY), [before, burst], last, { run_for: kind });
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
      const run = receiveAfter(relayed(KEY), [before], last, { run_for });
      await expect(run).rejects.toThrow('The earlier events do not show which student was removed.');
      await expect(run).rejects.toMatchObject({ name: 'HaltedError' });
    }
    expect(await receiveAfter(relayed(KEY), [before], last, { run_for: 'tutor' })).toHaveLength(2);
  });

  it.each([
    ['lacks its students', undefined],
    ['has an empty list of students', []],
  ])('read the lesson if the event %s', async (_case, rcras) => {
    const last = event(STUDENT_REMOVED, 0, { rcras });
    const read = readingLesson(last, withoutKofi);
    const records = await receiveAfter(relayed(KEY), [FULL], last, { run_for: 'student' }, read);
    expect(records.map((record) => record.student_names)).toEqual(['Kofi Abara']);
  });

  it('have only the students of the client who are still on the lesson after an addition', async () => {
    const before = event(CREATED, -9, withStudents(KOFI, EMIL));
    const last = event(STUDENT_ADDED, 0, withStudents(AMA, EMIL));
    const records = await receiveAfter(relayed(KEY), [before], last, { run_for: 'client' });
    expect(records).toMatchObject([{ student_names: 'Ama Abara', changed_people: 'Ama Abara' }]);
  });

  it('are none for a removed student without a client, for each client', async () => {
    const alone = { ...EMIL, paying_client: null };
    const before = event(CREATED, -9, withStudents(AMA, alone));
    const last = event(STUDENT_REMOVED, 0, withStudents(AMA));
    expect(await receiveAfter(relayed(KEY), [before], last, { run_for: 'client' })).toEqual([]);
  });
});

describe('the only run of Lesson People Changed for a lesson', () => {
  const before = event(CREATED, -9, withStudents(AMA));
  const removal = (rcras?: JsonObject[]) => event(STUDENT_REMOVED, 0, { rcras });
  const namesOf = async (last: TutorCruncherEvent, z?: ZObject) =>
    (await receiveAfter(relayed(KEY), [before], last, {}, z)).map((record) => record.changed_people);

  it.each<[record: JsonObject, name: string | null]>([
    [withStudents(), 'Ama Abara'],
    [withStudents(AMA), null],
    [{ rcras: undefined }, null],
  ])(
    'names the student who is missing in the lesson, which it reads if the list of the event is empty',
    async (...of) => {
      const [record, name] = of;
      expect(await namesOf(removal([]), readingLesson(removal([]), record))).toEqual([name]);
    },
  );

  it('names nobody if the lesson cannot be read, or if the event has no list, which takes no request', async () => {
    expect(await namesOf(removal([]))).toEqual([null]);
    expect(await namesOf(removal(), readingLesson(removal(), withStudents()))).toEqual([null]);
  });
});
