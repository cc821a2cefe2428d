/** One run of each action, with inputs that the stand-in for TutorCruncher's API accepts. */

import type { JsonObject } from '../wire/json.ts';

const NEW_PERSON = { first_name: 'Jana', last_name: 'Novak', email: 'novak@example.com' };

/** Inputs by the key of the action. */
export const ACTION_RUNS: Readonly<Record<string, JsonObject>> = {
  create_client: NEW_PERSON,
  update_client: { client: '301', town: 'Wells' },
  create_enquiry: {
    client_name: 'Jana Novak',
    client_email: 'jana.novak@example.com',
    student_name: 'Petr Novak',
    subject: '31',
    level: '6',
    tutor: '402',
    terms_and_conditions: true,
  },
  create_tutor: NEW_PERSON,
  update_tutor: { tutor: '402', town: 'Wells' },
  create_student: { ...NEW_PERSON, client: '301' },
  update_student: { student: '503', town: 'Wells' },
  create_affiliate: NEW_PERSON,
  update_affiliate: { affiliate: '604', town: 'Wells' },
  add_label: { type: 'client', client: '301', label: '24' },
  remove_label: { type: 'client', client: '301', label: '21' },
  create_job: {
    name: 'Maths for Ada',
    charge_rate: '42',
    pay_rate: '30.5',
    students: ['504'],
    tutors: '403, 404',
    tutor_permissions: 'edit',
  },
  update_job: { job: '705', name: 'Maths for Leo' },
  add_student_to_job: {
    job: '705',
    student: '504',
    charge_rate: '45',
    affiliate: '605',
    affiliate_percentage: '7.5',
  },
  add_tutor_to_job: { job: '705', tutor: '403', pay_rate: '31', permissions: 'edit' },
  remove_student_from_job: { job: '708', student: '507' },
  remove_tutor_from_job: { job: '708', tutor: '406' },
  create_lesson: {
    job: '705',
    topic: 'Fractions',
    start: '2027-06-10T17:00:00+01:00',
    length_in_minutes: 60,
    students: ['503'],
    tutors: '402, 403',
    charge_rate: '42',
    pay_rate: '30.5',
  },
  update_lesson: { lesson: '9109', topic: 'Revision' },
  add_student_to_lesson: { lesson: '9109', student: '503', charge_rate: '45' },
  add_tutor_to_lesson: { lesson: '9109', tutor: '402', pay_rate: '31' },
  remove_student_from_lesson: { lesson: '9109', student: '506' },
  remove_tutor_from_lesson: { lesson: '9109', tutor: '405' },
  create_ad_hoc_charge: {
    category: '5',
    date: '2026-06-10',
    description: 'Workbook',
    client: '301',
    charge_client: '12.5',
    tutor: '402',
    pay_tutor: '3',
    job: '705',
    lesson: '9106',
  },
  api_request: { method: 'POST', path: 'clients/301/', body: '{"town": "Wells"}' },
};
