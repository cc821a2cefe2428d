/** The part of a lesson or a job that a record shows if the Zap runs for a person. */

import { describe, expect, it } from '@jest/globals';

import { job } from '../../objects/job.ts';
import { lesson } from '../../objects/lesson.ts';
import { flattenSubject } from '../../src/record/subject.ts';
import { eventFieldsFor, subjectFor } from '../../src/record/other-families.ts';
import type { Person } from '../../src/record/participants.ts';
import type { JsonObject } from '../../wire/json.ts';
import {
  CLASS_JOB,
  CLASS_LESSON,
  FAMILIES,
  houseOf,
  STUDENT_ROWS,
  tracesOfOthers,
  TUTOR_ROWS,
  WITHOUT_CLIENT,
} from '../../local/events/class-of-nine.ts';

const [abara, bellini] = FAMILIES;
const clientOf = ({ client }: typeof abara): Person => ({ kind: 'client', id: String(client) });
const studentOf = ({ students }: typeof abara): Person => ({ kind: 'student', id: String(students[0]?.id) });
const TUTOR: Person = { kind: 'tutor', id: '402' };

const completeLesson: JsonObject = { ...lesson.sample.subject, ...CLASS_LESSON };
const completeJob: JsonObject = { ...job.sample.subject, ...CLASS_JOB };
const CASES = [
  ['lesson', lesson, completeLesson, 'rcras'],
  ['job', job, completeJob, 'rcrs'],
] as const;

/** Fields about another family that TutorCruncher does not send today. */
const FOREIGN_FIELDS: JsonObject = {
  client: { id: bellini.client, name: bellini.name, street: bellini.address },
  paying_client: bellini.client,
  paying_client_name: bellini.name,
  payer: bellini.client,
  creator: { id: bellini.client, first_name: bellini.name },
  recipient: bellini.students[0]?.name,
  recipients: [...bellini.students.map(({ id }) => id), abara.students[0]?.id],
  client_id: bellini.client,
  student: { id: bellini.students[0]?.id },
  notes: `Sits beside  ${bellini.students[0]?.name.toUpperCase()}.`,
  remarks: ['Ask first.', `Ask ${bellini.name}.`],
  groups: [[{ recipient: bellini.students[0]?.id }, { recipient: abara.students[0]?.id }]],
  extra_attrs: [
    { machine_name: 'pick_up', value: `By ${bellini.name}` },
    { machine_name: 'room', value: 'Blue' },
  ],
  srs_list: { list_students: { id: bellini.students[0]?.id, nick: bellini.address } },
  paid_recipients: bellini.students.map(({ id, name }) => ({ id, name })),
  clients: [bellini.name],
  srs: { recipient: bellini.students[0]?.id, recipient_name: bellini.students[0]?.name },
  reports: [{ id: 7, service_recipient: { id: bellini.students[0]?.id }, text: bellini.name }],
  dft_location: houseOf(bellini),
  nested: {
    // The topic of a nested record is removed if it names a family. The topic of the lesson or the job itself is kept.
    topic: `For ${bellini.name}`,
    note: { paying_client: bellini.client, paying_client_name: bellini.name, kept: true },
  },
};

describe.each(CASES)('the subject of a run for a person of a %s', (_noun, object, subject, students) => {
  it.each(FAMILIES.flatMap((family) => [clientOf(family), studentOf(family)].map((person) => ({ family, person }))))(
    'contains nothing of another family in a run for $person.kind $person.id',
    ({ family, person }) => {
      const whole = { ...subject, location: houseOf(family === abara ? bellini : abara), extra_attrs: [] };
      expect(tracesOfOthers(flattenSubject(whole, object.layout), [family])).not.toEqual([]);
      const record = flattenSubject(subjectFor(person, whole), object.layout);
      expect(tracesOfOthers(record, [family])).toEqual([]);
      const own = person.kind === 'client' ? family.students : family.students.slice(0, 1);
      expect(record).toMatchObject({
        student_names: own.map(({ name }) => name).join(', '),
        tutor_names: 'Hannah Whitlock, Samuel Okoro',
        students: own.map(({ id, name, rate }) => ({
          id,
          name,
          client_id: family.client,
          client_name: family.name,
          charge_rate: Number(rate),
        })),
      });
    },
  );

  it('keeps the keys of the whole subject, and all values that are about no person', () => {
    const whole = flattenSubject(subject, object.layout);
    const record = flattenSubject(subjectFor(clientOf(abara), subject), object.layout);
    expect(Object.keys(record)).toEqual(Object.keys(whole));
    const differing = Object.keys(whole).filter((key) => JSON.stringify(whole[key]) !== JSON.stringify(record[key]));
    expect(differing).toEqual(['student_names', 'students']);
  });

  it('contains nothing of another family in fields that TutorCruncher may add', () => {
    const whole = { ...subject, ...FOREIGN_FIELDS };
    for (const person of [clientOf(abara), studentOf(abara)]) {
      const record = flattenSubject(subjectFor(person, whole), object.layout);
      expect(tracesOfOthers(record, [abara])).toEqual([]);
      expect(subjectFor(person, whole)).toMatchObject({
        recipients: [abara.students[0]?.id],
        nested: { note: { kept: true } },
        remarks: ['Ask first.'],
        groups: [[{ recipient: abara.students[0]?.id }]],
        extra_attrs: [{ machine_name: 'room', value: 'Blue' }],
      });
    }
  });

  it('shows the texts of the office, and texts about nobody else', () => {
    const office = {
      topic: `Test of ${bellini.name}`,
      name: bellini.name,
      description: bellini.name,
      service: { name: bellini.name, description: bellini.name },
      notes: 'Bellinis, and Chiara Bellinissima',
      dft_max_srs: 9,
    };
    expect(subjectFor(clientOf(abara), { ...subject, ...office })).toMatchObject(office);
    // The other student's name (Ama) is a part of the name of the family's own student (Ama Abara).
    const rows = [STUDENT_ROWS[0], { ...STUDENT_ROWS[4], recipient_name: 'Ama', recipient: { id: 1, name: 'Ama' } }];
    expect(subjectFor(clientOf(abara), { ...subject, [students]: rows })).toMatchObject({ [students]: [rows[0]] });
    const sibling = { notes: 'Ama and Kofi Abara' };
    expect(subjectFor(studentOf(abara), { ...subject, ...sibling })).toMatchObject(sibling);
    expect(subjectFor(TUTOR, { ...subject, notes: bellini.name })).toMatchObject({ notes: bellini.name });
  });

  it('shows a location that belongs to the family itself, to a tutor or to nobody, and none of an unknown owner', () => {
    const locationOf = (role: unknown) =>
      subjectFor(clientOf(abara), { ...subject, location: { id: 81, role, name: 'Garden Room' } }).location;
    for (const role of [abara.client, abara.students[1]?.id, 403, null]) {
      expect(locationOf(role)).toEqual({ id: 81, role, name: 'Garden Room' });
    }
    for (const role of [bellini.client, bellini.students[0]?.id, 999, 'Bellini']) {
      expect(locationOf(role)).toBeUndefined();
    }
  });

  it('leaves out siblings in a run for a student, and students without a client in a run for a client', () => {
    const rows = [...STUDENT_ROWS, WITHOUT_CLIENT];
    const namesFor = (person: Person) =>
      flattenSubject(subjectFor(person, { ...subject, [students]: rows }), object.layout).student_names;
    expect(namesFor(studentOf(abara))).toBe('Ama Abara');
    expect(namesFor(clientOf(abara))).toBe('Ama Abara, Kofi Abara');
    expect(namesFor({ kind: 'student', id: '80900' })).toBe('Solo Zander');
  });

  it('contains all students, and no other tutor, in a run for a tutor', () => {
    const record = flattenSubject(subjectFor(TUTOR, { ...subject, location: houseOf(abara) }), object.layout);
    expect(record).toMatchObject({ tutor_names: 'Hannah Whitlock', tutors: [{ id: 402, pay_rate: 20.19 }] });
    expect(record.students).toHaveLength(9);
    expect(JSON.stringify(record)).not.toMatch(/Okoro|21\.19/);
  });
});

describe('the event fields of a run', () => {
  const EVENT = {
    action: 'EDITED_AN_APPOINTMENT',
    verb: 'Edited a Lesson',
    extra_msg: 'Edited.',
    subject: completeLesson,
  };
  const ABOUT_NOBODY = { event_message: null, event_description: null, actor_name: null, actor_id: null };
  const fieldsFor = (person: Person, changes: JsonObject, states: readonly JsonObject[] = [completeLesson]) =>
    eventFieldsFor(person, { ...EVENT, ...changes }, states, 'abc');
  const actorOf = (id: unknown, url?: string) => ({ actor: { id, name: 'Someone', url } });

  it('have an id of the event and the person, and leave the texts and the actor as they are', () => {
    const office = actorOf(11, '');
    const tutor = actorOf(403, 'https://app.tutorcruncher.com/api/contractors/403/');
    for (const changes of [office, tutor, { actor: null }, {}, actorOf(abara.client), { actor: abara.client }]) {
      expect(fieldsFor(clientOf(abara), changes)).toEqual({ id: `abc:${abara.client}` });
    }
    expect(fieldsFor(studentOf(abara), actorOf(abara.client))).toEqual({ id: `abc:${abara.students[0]?.id}` });
    expect(fieldsFor(TUTOR, actorOf(abara.client))).toEqual({ id: 'abc:402' });
  });

  it.each<[string, JsonObject]>([
    ['another client of the lesson', actorOf(bellini.client, '')],
    ['another student of the lesson', actorOf(bellini.students[0]?.id, '')],
    ['a client who is not in the lesson', actorOf(990, 'https://app.tutorcruncher.com/api/clients/990/')],
    ['a client who is not in the lesson, at a URL without a slash', actorOf(990, 'https://x/api/clients/990')],
    ['a student who is not in the lesson', actorOf(991, 'https://app.tutorcruncher.com/api/recipients/991/')],
    ['a client who has cancelled a booking', { ...actorOf(990, ''), action: 'CANCELLED_A_BOOKING' }],
    ['a person of an unknown kind', actorOf(992)],
    ['a name', { actor: 'Parent Bellini' }],
    ['an id of an unknown kind', { actor: 993 }],
    ['named in the message', { extra_msg: 'Removed Chiara Bellini.' }],
    ['named in the description', { verb: 'Booked for Parent Bellini' }],
  ])('tell neither actor nor texts if another family is %s', (_case, changes) => {
    for (const person of [clientOf(abara), studentOf(abara)]) {
      expect(fieldsFor(person, changes)).toMatchObject(ABOUT_NOBODY);
    }
  });

  it('know the people of earlier states', () => {
    const left = { ...completeLesson, rcras: STUDENT_ROWS.slice(0, 2) };
    const changes = { extra_msg: 'Removed Luc Garnier.' };
    expect(fieldsFor(clientOf(abara), changes, [left])).toEqual({ id: `abc:${abara.client}` });
    expect(fieldsFor(clientOf(abara), changes, [left, completeLesson])).toMatchObject(ABOUT_NOBODY);
    expect(fieldsFor(clientOf(abara), actorOf(70_107, ''), [left, completeLesson])).toMatchObject(ABOUT_NOBODY);
  });

  it('find names in rows only', () => {
    const rows = [{ recipient: bellini.students[0]?.id, recipient_name: ' ' }, 'Edited a Lesson'];
    expect(fieldsFor(clientOf(abara), {}, [{ rcras: rows, cjas: TUTOR_ROWS }])).toEqual({ id: `abc:${abara.client}` });
    expect(fieldsFor(clientOf(abara), {}, [{}])).toEqual({ id: `abc:${abara.client}` });
  });
});
