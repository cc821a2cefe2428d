/** `npm run definitions`: the steps as Zapier shows them to an AI agent. */

import { beforeEach, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { createRunner } from '../../local/app-runner.ts';
import { definitionsText } from '../../local/definitions.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';

/** Returns the steps with the given keys. */
const only = <Steps extends object>(steps: Steps, ...keys: readonly string[]): Steps =>
  Object.fromEntries(Object.entries(steps).filter(([key]) => keys.includes(key))) as Steps;

const tutorCruncher = useTutorCruncher();
let blocks: string[] = [];
beforeEach(async () => {
  tutorCruncher.now.behaviour.describesCustomFields = true;
  const { triggers, searches, creates } = app;
  const described = {
    ...app,
    triggers: only(triggers, 'client_created', 'label_list'),
    searches: only(searches, 'find_lesson'),
    creates: only(creates, 'add_label', 'api_request', 'create_credit_request', 'update_student'),
  };
  const text = await definitionsText(described, createRunner(app, PRIVATE_KEY));
  blocks = text.trimEnd().split('\n\n');
});

const blockOf = (key: string): string => blocks.find((block) => block.split(' ')[1] === `${key}:`) ?? '';

it('prints each visible step once, triggers before searches before actions', () => {
  expect(blocks.map((block) => block.split('\n')[0])).toEqual([
    'TRIGGER client_created: New Client',
    'SEARCH find_lesson: Find Lesson',
    'ACTION update_student: Update Student',
    'ACTION create_credit_request: Create Credit Request',
    'ACTION add_label: Add Label',
    'ACTION api_request: API Request',
  ]);
});

it('prints the description, and each input with its label, type, help text, choices and default', () => {
  expect(blockOf('client_created')).toMatch(
    /^Triggers when a client is created\.\nInputs:\n {2}label: Label \(string, /m,
  );
  expect(blockOf('client_created')).toMatch(/^ {4}Default: Europe\/London$/m);
  expect(blockOf('find_lesson')).toMatch(
    /^ {2}find_which: Which Lesson \(string, optional\)\n {4}Help: The lesson to find .*\n {4}Choices: earliest = Earliest; latest = Latest$/m,
  );
  expect(blockOf('api_request')).toMatch(/^ {2}query: Query \(string, named values, optional\)$/m);
  expect(blockOf('create_credit_request')).toMatch(/^ {2}amount: Amount \(string, required\)$/m);
});

it('prints the first entries of a dropdown, and for a record the search that finds it', () => {
  expect(blockOf('add_label')).toMatch(/^ {4}Choices: 21 = Weekend; .*; 32 = Group 12; and 88 more$/m);
  expect(blockOf('find_lesson')).toMatch(
    /^ {2}find_job: Find Job \(string, optional\)\n {4}Choices: an ID, which the step find_job finds$/m,
  );
  expect(blockOf('update_student')).toMatch(/^ {4}Choices: Reception = Reception; /m);
});

it('prints inputs that depend on a choice or on the account', () => {
  expect(blockOf('add_label')).toMatch(/^ {2}job: Job \(string, required, only if Type is Job\)$/m);
  expect(blockOf('update_student')).toMatch(/^ {2}custom_date_of_birth: Date of Birth \(string, optional\)$/m);
});
