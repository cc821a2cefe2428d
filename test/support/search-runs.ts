/** Runs of each search, with inputs that match records of the stand-in for TutorCruncher's API. */

import type { JsonObject } from '../../wire/json.ts';

/** A name for which a search tries the largest number of spellings. */
const NAME = { first_name: 'josé', last_name: 'o’neill-smith' };
export const NEW_NAME = { ...NAME, find_first_name: NAME.first_name, find_last_name: NAME.last_name };
const MANY = { find_details: false };

/** Runs of searches that send as many requests as possible when every list has one page. */
export const SEARCH_RUNS: readonly [key: string, inputData: JsonObject][] = [
  ['find_client', { email: 'Priya.Raman@Example.com' }],
  ...['client', 'student', 'tutor', 'affiliate'].map((word): [string, JsonObject] => [`find_${word}`, NEW_NAME]),
  ['find_student', { client: '301', find_first_name: 'Leo' }],
  ['find_tutor', { find_first_name: 'Hannah', find_last_name: 'Whitlock' }],
  ['find_affiliate', { find_first_name: 'Farah' }],
  ['find_job', { find_name: 'physics' }],
  ['find_lesson', { find_tutor: '402', find_status: 'complete' }],
  ['find_ad_hoc_charge', { find_client: '302', find_from: '2020-01-01' }],
  ['find_invoice', { find_number: '150' }],
  ['find_credit_request', { find_client: '302' }],
  ['find_report', { find_lesson: '9106' }],
  ['find_clients', { ...MANY, find_name: 'Raman' }],
  ['find_tutors', { ...MANY, find_name: 'Whitlock' }],
  ['find_students', { ...MANY, find_client: '301' }],
  ['find_jobs', { ...MANY, find_name: 'Maths' }],
  ['find_lessons', { ...MANY, find_student: '503' }],
  ['find_invoices', { ...MANY, find_client: '302' }],
  ['find_credit_requests', { ...MANY, find_client: '302' }],
  ['find_payment_orders', { ...MANY, find_tutor: '402' }],
  ['find_tasks', { ...MANY, find_status: 'open' }],
];
