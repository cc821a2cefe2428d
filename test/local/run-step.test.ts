import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';

import { startTutorCruncher } from '../../local/api/tutorcruncher.ts';
import { run as runCommand } from '../../local/command-line.ts';
import { runStep } from '../../local/run-step.ts';
import { privateKeyFrom } from '../../local/environment.ts';
import { outputOf, sentIn } from '../support/command-output.ts';
import { runToEnd } from '../support/npm-start.ts';

afterEach(() => {
  delete process.env.TUTORCRUNCHER_URL;
});

const run = (stepKey: string, ...fields: string[]) =>
  outputOf(() => runStep({ stepKey, fields, showsAll: false, isPoll: false }));

describe('npm start -- do', () => {
  it('runs an action, and prints what it sends and the record that it returns', async () => {
    const { code, output, errors } = await runToEnd([
      ...['do', 'create_client'],
      'first_name=Jana',
      'last_name=Novák = {{x}}',
      'notifications=invoices,broadcasts',
      'notifications=apt_reminders',
      'taxable=false',
    ]);
    expect([code, errors]).toEqual([0, '']);
    expect(sentIn(output)).toEqual([
      // The choices of Notifications come from TutorCruncher.
      ['OPTIONS', '/api/clients/'],
      [
        'POST',
        '/api/clients/',
        {
          send_emails: false,
          first_name: 'Jana',
          last_name: 'Novák = {{x}}',
          is_taxable: false,
          received_notifications: ['invoices', 'broadcasts', 'apt_reminders'],
        },
      ],
    ]);
    expect(output).toMatch(
      /^Create Client \(create_client\) returns 1 record\.\n\nID: 306\n\n {2}Client Name +Jana Novák = /m,
    );
    expect(output).toMatch(/^\d+ of \d+ fields\. To see all of them, add --all to the end of the command\.$/m);
  });

  it('runs a search, and prints all fields if asked to', async () => {
    const { output } = await outputOf(() =>
      runStep({ stepKey: 'find_tutor', fields: ['tutor=402'], showsAll: true, isPoll: false }),
    );
    expect(sentIn(output)).toEqual([['GET', '/api/contractors/402/']]);
    expect(output).toMatch(/^ {2}Tutor Mobile +07700 900246\n {4}tutor_mobile$/m);
    expect(output).toMatch(/^ {2}Teaching Experience +Ten years\n {4}custom_teaching_experience_text$/m);
    expect(output).not.toContain('To see all of them');
  });

  it('shows the place of a file', async () => {
    const { output } = await run('find_invoice', 'find_number=INV-152');
    expect(output).toMatch(
      /^ {2}Invoice PDF +\(fetched when a step uses it\)\n {2}Invoice PDF URL \(Expires\) +http:/m,
    );
  });

  it('reports that a search has found nothing', async () => {
    const { output } = await run('find_client', 'email=nobody@example.com');
    expect(output).toBe(
      'Sent to TutorCruncher:\n\nGET /api/clients/?user__email=nobody%40example.com\n\n' +
        'Find Client (find_client) returns 0 records.\n',
    );
  });

  it('never uses a real account', async () => {
    process.env.TUTORCRUNCHER_URL = 'https://app.tutorcruncher.com';
    const { output } = await run('add_label', 'type=job', 'job=705', 'label=24');
    expect(sentIn(output)).toEqual([['POST', '/api/services/705/add_label/', { label: 24 }]]);
    expect(output).toMatch(/^ {2}Job Name +GCSE Maths for Leo$/m);
  });

  it('runs in the account of a running stand-in, which keeps what steps write', async () => {
    const { server, stop } = await startTutorCruncher(privateKeyFrom({}));
    const { port } = server.address() as AddressInfo;
    try {
      const created = await outputOf(() =>
        runCommand(['do', '--port', String(port), 'create_client', 'last_name=Novak']),
      );
      expect(created.output).toMatch(/^Create Client \(create_client\) returns 1 record\.\n\nID: 306\n/);
      const { output } = await outputOf(() =>
        runStep({ stepKey: 'find_client', fields: ['client=306'], showsAll: false, isPoll: false, port, asJson: true }),
      );
      expect(JSON.parse(output)).toEqual([expect.objectContaining({ id: 306, client_last_name: 'Novak' })]);
    } finally {
      await stop();
    }
  });

  it('prints only the records, unbroken, if asked for JSON', async () => {
    const { code, output, errors } = await runToEnd(['do', '--json', 'find_invoices', 'find_statuses=unpaid']);
    expect([code, errors]).toEqual([0, '']);
    expect(JSON.parse(output)).toEqual([expect.objectContaining({ id: 152, matches: 1 })]);
  });

  it('exits with code 1 if the step fails, and prints what was sent before', async () => {
    const { code, output, errors } = await runToEnd([
      ...['do', 'create_client', 'last_name=X', 'email=priya.raman@example.com'],
    ]);
    expect(sentIn(output)).toHaveLength(1);
    expect(errors).toMatch(
      /^Create Client \(create_client\) failed: TutorCruncher already has a client with this email address/,
    );
    expect(code).toBe(1);

    const unknown = await run('add_label', 'type=lesson', 'label=21');
    expect(unknown.error).toMatch(/^Add Label \(add_label\) failed: The field "Type" of this step must contain one of/);

    const empty = await run('find_client', 'email=');
    expect(empty.output).toMatch(/^Sent nothing to TutorCruncher\.\n/);
    expect(empty.error).toMatch(/^Find Client \(find_client\) failed: This step has no email address and no name/);
  });

  it.each([
    [
      'an unknown key',
      ['constructor', 'a=b'],
      /^There is no search or action "constructor"\.\n\nThe keys are: find_client, .*, create_client, update_client, .*$/,
    ],
    [
      'a mistyped key',
      ['find_cleint', 'a=b'],
      /^There is no search or action "find_cleint"\. Did you mean "find_client"\?\n/,
    ],
  ])('fails with a message: %s', async (_case, [stepKey = '', ...fields], message) => {
    const { output, error } = await run(stepKey, ...fields);
    expect(error).toMatch(message);
    expect(output).toBe('');
  });
});

describe('npm start -- poll', () => {
  const poll = (stepKey: string, ...fields: string[]) =>
    outputOf(() => runStep({ stepKey, fields, showsAll: false, isPoll: true }));

  it('shows a review with its rating and its text, which the guide uses', async () => {
    const { output } = await poll('review_created');
    expect(output).toMatch(/^ {2}Review Rating +5\/5 stars\n {2}Review Details +Patient, clear and always prepared/m);
    expect(output).not.toMatch(/Teaching Experience|Date of Birth/);
  });

  it('polls once, and prints the requests and the records', async () => {
    const { output, error } = await outputOf(() => runCommand(['poll', 'lesson_starting']));
    expect(error).toBe('');
    expect(output).toMatch(
      /^GET \/api\/appointments\/\?status=planned&start_gte=\S+&start_lte=\S+\n\nGET \/api\/appointments\/9104\/$/m,
    );
    expect(output).toMatch(/^Lesson Starting Soon \(lesson_starting\) returns 1 record\.\n\nID: 9104@\d{4}-\S+:00Z$/m);
    expect(output).toMatch(/^ {2}Lesson Topic +Ratios$/m);
    expect(output).toMatch(/^\d+ of \d+ fields\. To see all of them, add --all to the end of the command\.$/m);
  });

  it.each(['lesson_ended', 'lesson_not_completed', 'report_missing'])('finds a lesson for %s', async (key) => {
    expect((await poll(key, 'time_after=1')).output).toMatch(/ returns [123] records?\.\n\nID: 910\d\n/);
  });

  it.each([
    [
      'an unknown key',
      ['report_misssing'],
      /^There is no polled trigger "report_misssing"\. Did you mean "report_missing"\?/,
    ],
    [
      'a refused value',
      ['report_missing', 'time_after=soon'],
      /^Report Missing \(report_missing\) failed: The field "Time After" /,
    ],
  ])('fails with a message: %s', async (_case, [stepKey = '', ...fields], message) => {
    expect((await poll(stepKey, ...fields)).error).toMatch(message);
  });
});
