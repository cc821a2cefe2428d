/** The fields of a step as arguments of `npm start -- do`, `poll` and `send`. */

import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';

import { startTutorCruncher } from '../../local/api/tutorcruncher.ts';
import { run as runCommand } from '../../local/command-line.ts';
import { privateKeyFrom } from '../../local/environment.ts';
import { runStep } from '../../local/run-step.ts';
import { outputOf, sentIn } from '../support/command-output.ts';

afterEach(() => {
  delete process.env.TUTORCRUNCHER_URL;
});

const run = (stepKey: string, ...fields: string[]) =>
  outputOf(() => runStep({ stepKey, fields, showsAll: false, isPoll: false }));

describe('the values of fields', () => {
  it('passes on values with names, equals signs and line breaks', async () => {
    const read = await run('api_request', 'method=GET', 'path=clients/', 'query.page=1', 'query.last name=a=b');
    expect(sentIn(read.output)).toEqual([['GET', '/api/clients/?page=1&last%20name=a%3Db']]);
    const written = await run('api_request', 'method=POST', 'path=clients/', 'body={"last_name":\n"a=b"}');
    expect(sentIn(written.output)).toEqual([['POST', '/api/clients/', { last_name: 'a=b' }]]);
  });

  it('passes several values on as a list, even if the field accepts only one', async () => {
    const { error } = await run('find_tutor', 'tutor=402', 'tutor=403');
    expect(error).toMatch(/The field "Tutor" of this step contains several IDs/);
  });
});

describe('a dropdown', () => {
  it.each([
    ['a failure', (): [number, unknown] => [503, {}]],
    ['no response', () => new Promise<null>(() => undefined)],
  ])('lists the fields although a dropdown cannot be read, because of %s', async (_case, intercept) => {
    const { server, behaviour, stop } = await startTutorCruncher(privateKeyFrom({}));
    const { port } = server.address() as AddressInfo;
    behaviour.intercept = ({ path }) => (path.startsWith('/api/labels/') ? intercept() : null);
    try {
      const { error } = await outputOf(() => runCommand(['do', '--port', String(port), 'find_tutors']));
      expect(error).toMatch(/^Find Tutors \(find_tutors\) needs fields, each as key=value\. Its fields are:\n/);
      expect(error).toMatch(/^ {2}find_label +Find Label: an ID such as 301$/m);
      expect(error).toMatch(/^ {2}find_subject +Find Subject: an ID such as 31 for Maths$/m);
    } finally {
      await stop();
    }
  });

  it('takes an entry of a dropdown by its name, in any letter case', async () => {
    const { output } = await run('add_label', 'type=client', 'client=301', 'label=WEEKEND');
    expect(output).toContain('Add Label (add_label) returns 1 record.');
    expect(sentIn(output)).toContainEqual(['POST', '/api/clients/301/add_label/', { label: 21 }]);
  });

  it('says that an ID is wanted if no entry of a dropdown has the name', async () => {
    const { error } = await run('add_label', 'type=client', 'client=301', 'label=Weekday');
    expect(error).toMatch(/^"Weekday" is not the ID of one entry of Label\. Give an ID, such as 21 for Weekend/);
  });
});

it.each([
  [
    'no field',
    ['add_label'],
    /^Add Label \(add_label\) needs fields, each as key=value\. Its fields are:\n\n {2}type +Type \(required\): client, student, tutor, affiliate, job\n {2}label +Label \(required\): an ID such as 21 for Weekend$/,
  ],
  [
    'an unknown field',
    ['create_client', 'lastname=X'],
    /^Create Client \(create_client\) has no field "lastname"\. Its fields are:\n\n[\s\S]*^ {2}last_name +Last Name \(required\)\n[\s\S]*^ {2}country +Country: an ID such as 75 for France\n[\s\S]*^ {2}taxable +Taxable: true or false\n[\s\S]*^ {2}notifications +Notifications: broadcasts, .*; several with commas\n[\s\S]*^ {2}custom_date_of_birth +Date of Birth: such as "2026-06-10"$/m,
  ],
  [
    'a value without a name',
    ['api_request', 'query=2'],
    /^API Request \(api_request\) has no field "query"\. [^]*^ {2}query +Query: values with names, such as query\.page=2\n {2}body +Body$/m,
  ],
  ['a value with an unexpected name', ['find_tutor', 'tutor.x=2'], /has no field "tutor\.x"\. /],
  [
    'a field without a value',
    ['create_client', 'last_name'],
    /^"last_name" is not a field\. Write each field as key=value, such as last_name=Raman\.$/,
  ],
])('names the fields of the step: %s', async (_case, [stepKey = '', ...fields], message) => {
  const { output, error } = await run(stepKey, ...fields);
  expect(error).toMatch(message);
  expect(output).toBe('');
});

it('names the fields of a polled trigger', async () => {
  const { error } = await outputOf(() =>
    runStep({ stepKey: 'report_missing', fields: ['days=1'], showsAll: false, isPoll: true }),
  );
  expect(error).toMatch(
    /^Report Missing \(report_missing\) has no field "days"\. Its fields are:\n\n {2}time_after +Time After\n/,
  );
});
