/** The changed people whom the records of Lesson People Changed name. */

import { describe, expect, it } from '@jest/globals';

import { STUDENT_ROWS, TUTOR_ROWS } from '../../local/events/class-of-nine.ts';
import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { deliver } from '../support/app-tester.ts';
import {
  CREATED,
  EDITED,
  ONE_TUTOR,
  STUDENT_ADDED,
  STUDENT_EDITED,
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
const [AMA = {}, KOFI = {}, , , EMIL = {}] = STUDENT_ROWS;
const [HANNAH = {}, SAMUEL = {}] = TUTOR_ROWS;
const NOT_YET: JsonObject = { rcras: undefined, cjas: undefined };
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
    expect(namesIn(await receiveAfter(relayed(KEY), earlier, last, {}, readingLesson(last)))).toEqual(names);
  });

  it('are the people who are missing from the lesson, if the event has an empty list', async () => {
    const [before, last] = [event(CREATED, -9), event(TUTOR_REMOVED, 0, withTutors())];
    const read = readingLesson(last, withTutors(SAMUEL));
    expect(namesIn(await receiveAfter(relayed(KEY), [before], last, {}, read))).toEqual(['Hannah Whitlock']);
    expect(namesIn(await receiveAfter(relayed(KEY), [before], last))).toEqual([null]);
  });

  it('are not shown in an app without a relay, which offers no runs for each person', async () => {
    const [record] = await deliver(KEY, deliveryOf(event(TUTOR_ADDED, 0)));
    expect(record).toMatchObject({ event_action: TUTOR_ADDED });
    expect(record).not.toHaveProperty('changed_people');
    expect(triggerOf(KEY).inputFields.map(({ key }) => key)).not.toContain('run_for');
  });

  it('are those of the chosen events', async () => {
    const actions = { actions: [TUTOR_ADDED] };
    const before = event(CREATED, -9, withTutors(HANNAH));
    expect(await receiveAfter(relayed(KEY), [before], event(TUTOR_REMOVED, 0, withTutors()), actions)).toEqual([]);
    const added = await receiveAfter(relayed(KEY), [before], event(TUTOR_ADDED, 0), actions);
    expect(added[0]).toMatchObject({ changed_people: 'Samuel Okoro', changed_people_ids: '403' });
  });
});
