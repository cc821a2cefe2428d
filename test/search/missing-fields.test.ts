/** Searches in lists and records that lack a field with a criterion. */

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { directZ } from '../../local/hook-calls.ts';
import { StepRun } from '../../src/api/step-run.ts';
import { comparing } from '../../src/search/missing-fields.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { DirectApi } from '../support/direct-api.ts';
import { failureOf } from '../support/steps.ts';

let api: DirectApi;
beforeEach(() => {
  api = new DirectApi();
});

const without = (record: JsonObject, name: string): JsonObject =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));

/** Removes a field from the rows of a list, or from the records of the list. */
function remove(path: string, name: string, where: 'rows' | 'records'): void {
  const isWanted = (request: string) =>
    request.startsWith(`${path}/`) && /^[a-z-]+\/\d/.test(request) === (where === 'records');
  api.before = (request) => {
    if (!isWanted(request) || /2147483647|no-such-status|2999-01-01/.test(request)) return null;
    const [status, data] = api.answerOf(request);
    if (!isJsonObject(data) || !Array.isArray(data.results)) return [status, without(data as JsonObject, name)];
    return [status, { ...data, results: data.results.filter(isJsonObject).map((row) => without(row, name)) }];
  };
}

describe('a search fails instead of finding nothing', () => {
  it.each<[key: string, inputs: JsonObject, path: string, name: string]>([
    ['find_client', { email: 'priya.raman@example.com' }, 'clients', 'email'],
    ['find_client', { find_last_name: 'Raman' }, 'clients', 'last_name'],
    ['find_clients', { find_name: 'Raman' }, 'clients', 'first_name'],
    ['find_job', { find_name: 'GCSE' }, 'services', 'name'],
    ['find_job', { find_name: 'GCSE', find_status: 'in-progress' }, 'services', 'status'],
    ['find_jobs', { find_statuses: 'in-progress' }, 'services', 'status'],
    ['find_jobs', { find_created_from: '2020-01-01' }, 'services', 'created'],
    ['find_jobs', { find_updated_to: '2090-01-01' }, 'services', 'last_updated'],
    ['find_lesson', { find_job: '705' }, 'appointments', 'service'],
    ['find_lesson', { find_student: '503' }, 'appointments', 'start'],
    ['find_lessons', { find_statuses: 'planned' }, 'appointments', 'status'],
    ['find_invoice', { find_number: '148' }, 'invoices', 'display_id'],
    ['find_invoices', { find_client: '301' }, 'invoices', 'client'],
    ['find_invoices', { find_overdue_days: 3 }, 'invoices', 'status'],
    ['find_credit_requests', { find_sent_from: '2020-01-01' }, 'proforma-invoices', 'date_sent'],
    ['find_payment_orders', { find_tutor: '402' }, 'payment-orders', 'payee'],
    ['find_payment_orders', { find_statuses: 'unpaid' }, 'payment-orders', 'status'],
    ['find_tasks', { find_status: 'open' }, 'tasks', 'complete'],
    ['find_tasks', { find_due_from: '2020-01-01' }, 'tasks', 'due_dt'],
    ['find_report', { find_student: '503' }, 'reports', 'service_recipient'],
    ['find_ad_hoc_charge', { find_client: '301', find_category: '5' }, 'adhoccharges', 'category_id'],
    ['find_ad_hoc_charge', { find_client: '301' }, 'adhoccharges', 'date_occurred'],
  ])('%s with %j if rows of %s have no %s', async (key, inputs, path, name) => {
    remove(path, name, 'rows');
    expect(await failureOf(api.find(key, inputs))).toMatch(
      /^TutorCruncher's response is incomplete: it contains no ("[A-Z][A-Za-z ]+" in a record that this step compares|date)/,
    );
  });

  it.each<[key: string, inputs: JsonObject, path: string, name: string]>([
    ['find_job', { find_name: 'GCSE', find_student: '503' }, 'services', 'rcrs'],
    ['find_job', { find_name: 'GCSE', find_label: '26' }, 'services', 'labels'],
    ['find_jobs', { find_label: '26', find_details: true }, 'services', 'labels'],
    ['find_lesson', { find_client: '301' }, 'appointments', 'rcras'],
    ['find_lessons', { find_tutor: '402', find_details: true }, 'appointments', 'cjas'],
    ['find_tutors', { find_subject: '31', find_details: true }, 'contractors', 'skills'],
    ['find_clients', { find_statuses: ['live'], find_details: true }, 'clients', 'status'],
    ['find_ad_hoc_charge', { find_client: '301' }, 'adhoccharges', 'client'],
    ['find_client', { email: 'priya.raman@example.com' }, 'clients', 'email'],
  ])('%s with %j if a record of %s has no %s', async (key, inputs, path, name) => {
    api.account.change('services', 705, { labels: [{ id: 26, name: 'Enquiry' }] });
    remove(path, name, 'records');
    expect(await failureOf(api.find(key, inputs))).toMatch(
      /it contains no "[A-Z][A-Za-z ]+" in a record that this step/,
    );
  });
});

it('a search finds nothing among records whose fields are empty', async () => {
  for (const { id } of api.account.list('services')) api.account.change('services', id, { status: null });
  expect(await api.find('find_jobs', { find_statuses: 'pending' })).toEqual([]);
});

it.each<[kind: string, record: JsonObject]>([
  ['with the field in the `user` of the older shape', { user: { email: null } }],
  ['with an empty field', { email: '' }],
])('a search compares a record %s', (_kind, record) => {
  const run = StepRun.ofSearch(directZ, { inputData: {} } as unknown as Bundle);
  const isEqual = comparing(run, { email: 'priya@example.com', status: null }, () => true);
  expect(isEqual(record)).toBe(true);
  expect(() => isEqual({ user: {} })).toThrow(/contains no \\"Email\\" in a record/);
});
