import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { startTutorCruncher } from '../local/api/tutorcruncher.ts';
import { requestFromTutorCruncher } from '../local/tutorcruncher.ts';
import { deliveryOf, triggerOf } from './helpers.ts';
import { freePort, listen, runToEnd, start, STARTUP_MS, type Run } from './npm-start.ts';

const DEMO_KEY = 'demo-private-key-of-nobodys-integration0';

describe('npm start -- --all', () => {
  it(
    'shows all fields of records with their keys, on another port if port 4000 is in use, within 80 columns',
    async () => {
      const other = createServer();
      // If another program on this machine has taken the port, the test needs no server of its own.
      other.on('error', () => undefined).listen(4000, '127.0.0.1');
      const zapier = start(['--all'], { COLUMNS: '' });
      try {
        await zapier.printed('-- send invoice_paid');
        const output = zapier.output();
        expect(output).toMatch(/^Lesson Topic +Quadratic equations\n {2}lesson_topic$/m);
        expect(output).toMatch(/^Student Name +Leo Raman\n {2}students\[\]name$/m);
        expect(output).toMatch(/^Tutor Mobile +07700 900123\n {2}tutor_mobile$/m);
        expect(output).not.toContain('To see all of them');

        const [, port = ''] = /^Stand-in for Zapier: +http:\/\/127\.0\.0\.1:(\d+)\//m.exec(output) ?? [];
        expect(output).toMatch(/^Port 4000 is in use by another program\. The stand-in for Zapier listens on port\n/);
        expect(output).toContain(`\n  PORT=${port} npm start -- send invoice_paid\n`);

        // A link stays in one piece.
        const isLink = (line: string) => /^ *http:\S+$/.test(line);
        expect(output.split('\n').filter((line) => line.length > 80 && !isLink(line))).toEqual([]);
        const links = output.match(/^ *http:\/\/\S+\/console#[\w-]{43}$/gm) ?? [];
        expect(links).toHaveLength(2);
      } finally {
        zapier.child.kill();
        other.close();
      }
    },
    STARTUP_MS,
  );
});

describe('npm start with a TUTORCRUNCHER_URL', () => {
  it(
    'writes nothing to the account, which may be a real one',
    async () => {
      const tutorCruncher = await startTutorCruncher(DEMO_KEY);
      const zapier = start([], { PORT: '0', TUTORCRUNCHER_URL: tutorCruncher.origin });
      try {
        await zapier.printed('-- send invoice_paid');
        expect(zapier.output()).not.toContain('4. A Zap answers');
        expect(tutorCruncher.requests).not.toEqual([]);
        expect(tutorCruncher.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
      } finally {
        zapier.child.kill();
        await tutorCruncher.stop();
      }
    },
    STARTUP_MS,
  );
});

describe('npm start', () => {
  let zapier: Run;
  let url: string;
  let port: string;

  beforeAll(async () => {
    zapier = start([], { PORT: '0' });
    await zapier.printed('-- send invoice_paid');
    url = /Listening on (http:\/\/127\.0\.0\.1:\d+)\./.exec(zapier.output())?.[1] ?? '';
    port = new URL(url).port;
  }, STARTUP_MS);

  afterAll(() => {
    zapier.child.kill();
  });

  const post = (path: string, delivery: unknown, key = DEMO_KEY) => {
    const { body, headers } = requestFromTutorCruncher(delivery, key);
    return fetch(`${url}${path}`, { method: 'POST', headers, body: Buffer.from(body) });
  };
  const delivery = (topic: string) => {
    const { sampleEvent } = triggerOf('lesson_completed');
    return deliveryOf({ ...sampleEvent, subject: { ...sampleEvent.subject, topic } });
  };

  it('shows the record of the sample lesson as a table', () => {
    expect(zapier.output()).toMatch(
      /Lesson Completed \(lesson_completed\): the Zap runs with 1 record\n\nLabel +Value/,
    );
    expect(zapier.output()).toMatch(/^Lesson Topic +Quadratic equations$/m);
    expect(zapier.output()).toMatch(/^Lesson Date and Time +Wed 10 Jun 2026, 17:00 to 18:30$/m);
    expect(zapier.output()).toMatch(/^\d+ of \d+ fields\. To see all of them, run: npm start -- --all$/m);
    expect(zapier.output()).not.toMatch(/RSSMEM|Warning/);
    expect(zapier.errors()).toBe('');
  });

  it('shows two Zaps that receive their events from one URL of a relay', () => {
    const output = zapier.output();
    expect(output).toContain('Two Zaps are on: Lesson Completed and Invoice Paid.');
    expect(output).toContain('The app registered its channel at the relay with its registration secret.');
    expect(output).toContain('A stranger without the secret tries to register a channel: 403 Forbidden');
    expect(output).toMatch(/to one URL:\nhttp:\/\/127\.0\.0\.1:\d+\/hooks\/[\w-]{49}\/[\da-f]{32}\n/);
    const [, first = -1, second = -1] = [
      /./,
      /^Sent the sample for Lesson Completed \(1,\d+ bytes\) to the relay: 202 Accepted\n\nLesson Completed /m,
      /^Sent the sample for Invoice Paid \(1,\d+ bytes\) to the relay: 202 Accepted\n\nInvoice Paid /m,
    ].map((pattern) => output.search(pattern));
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first);
    expect(output).toMatch(/^ {2}Status: last webhook received less than a minute ago\.$/m);
  });

  it('shows what has changed when a lesson is moved and a client is renamed', () => {
    const [, section = ''] = zapier.output().split('2. A lesson is moved and a client is renamed\n');
    const [, ...positions] = [
      /./,
      /^Two more Zaps are on: Lesson Updated and Client Updated\.\n/m,
      /^Sent the event "Created a Lesson" to the relay: response 202 Accepted\nSent the event "Edited a Lesson" to the relay: response 202 Accepted\n\nLesson Updated \(lesson_updated\): the Zap runs with 1 record\n\nChanges since the previous event about the same record:\n/m,
      /^ {2}Lesson Start: Wed 10 Jun 2026, 17:00 → Thu 11 Jun 2026, 18:00\n/m,
      /^ {2}Lesson Finish: Wed 10 Jun 2026, 18:30 → Thu 11 Jun 2026, 19:30\n\nLabel +Value\n/m,
      /^Sent the event "Edited a Client" to the relay: response 202 Accepted\n\nClient Updated \(client_updated\): the Zap runs with 1 record\n\n/m,
      /^ {2}Client Last Name: Raman → Patel\n\nLabel +Value\n/m,
    ].map((pattern) => section.search(pattern));
    expect(Math.min(...positions)).toBeGreaterThanOrEqual(0);
    expect([...positions].sort((a, b) => a - b)).toEqual(positions);
  });

  it("shows that the relay's files, which can be searched, contain no name", () => {
    const [, section = ''] = zapier.output().split("5. The relay's files\n");
    expect(section).toMatch(/The relay received \d+ names, addresses and topics, such as "Hannah Whitlock"\./);
    expect(section).toMatch(/^ {2}relay\.sqlite-wal +\d+ kB {2}contains none of them$/m);
    const [, folder = '', files = ''] = /^ {2}cd (.+)\n {2}strings (.+)$/m.exec(section) ?? [];
    const contents = files.split(' ').map((name) => readFileSync(join(folder, name)));
    expect(contents.length).toBeGreaterThanOrEqual(2);
    for (const name of ['Raman', 'Patel', 'Whitlock', 'Zoë Marsh', 'zoe.marsh@example.com']) {
      expect(contents.filter((content) => content.includes(name))).toEqual([]);
    }
  });

  it("shows a trigger as in Zapier's editor, with an account of fictitious people", () => {
    const output = zapier.output();
    expect(output).toContain('Trigger: Tutor Label Added (tutor_label_added)');
    expect(output).toContain('Connection: Bristol Branch (Bright Sparks Tuition)');
    expect(output).toMatch(/^Label: Weekend, Sibling discount, .* \(120 choices\)$/m);
    expect(output).toMatch(/^Skip When Changes Are Unknown: true or false$/m);
    expect(output).toMatch(/^Custom fields: Teaching Experience, Teaching Experience \(As Sent\), Date of Birth, /m);
    expect(output).toContain('Test records: 1. The first one:');
    expect(output).toMatch(/^Tutor Name +Hannah Whitlock$/m);
  });

  it('shows the time zone of the branch as the default of Time Zone', () => {
    expect(zapier.output()).toMatch(/^Time Zone: Europe\/London \(the default\)$/m);
  });

  it('shows a Zap that answers an enquiry, and the webhook of what it has created', () => {
    const [, section = ''] = zapier.output().split('4. A Zap answers an enquiry\n');
    const [, ...positions] = [
      /./,
      /^Zoë Marsh fills in the form on the agency's website: enquiry 21001\n\nNew Enquiry \(client_enquiry\): the Zap runs with 1 record\n\nLabel /m,
      /^Client Name +Zoë Marsh\n/m,
      /^Find or Create Client finds the record 306\. It sends:\n {2}GET \/api\/clients\/\?user__email=zoe\.marsh%40example\.com\n/m,
      /^Find Student finds the record 508\. It sends:\n {2}GET \/api\/clients\/306\/\n/m,
      /^Find or Create Job creates the record 710\. It sends:\n( {2}GET \/api\/services\/\n){2} {2}POST \/api\/services\/ \{"name": "Trial lessons",/m,
      /^Create Lesson creates the record 9111\. It sends:\n {2}GET \/api\/services\/710\/\n {2}POST \/api\/appointments\/ \{.*"rcras": \[\{"recipient": 508\}\].*\n {2}GET \/api\/appointments\/9111\/\n/m,
      /^New Lesson \(lesson_created\): the Zap runs with 1 record\n\nLabel +Value\n-+\nLesson Topic +First lesson\n/m,
      /^Student Names +Ella Marsh\n/m,
      /^Job Name +Trial lessons\n/m,
    ].map((pattern) => section.search(pattern));
    expect(Math.min(...positions)).toBeGreaterThan(0);
    expect([...positions].sort((a, b) => a - b)).toEqual(positions);
  });

  it('accepts deliveries and responds with status 200, as Zapier does', async () => {
    const response = await post('/hooks/lesson_completed', delivery('A topic of its own'));
    expect([response.status, await response.json()]).toEqual([200, { status: 'success' }]);
    await zapier.printed('A topic of its own');
  });

  it('shows why a delivery is refused, but none of its contents', async () => {
    const response = await post('/hooks/lesson_completed', delivery('Not to be shown'), 'another-key');
    expect(response.status).toBe(200);
    await zapier.printed('Lesson Completed (lesson_completed): delivery refused\n');
    expect(zapier.output()).toMatch(/: delivery refused\n.*signature/);
    expect(zapier.output()).not.toContain('Not to be shown');
    expect(zapier.output()).not.toContain(DEMO_KEY);
  });

  it('reports a delivery without an event for the trigger, even at a path below its URL', async () => {
    const response = await post('/hooks/client_created/contractor', { id: 402, deleted: false });
    expect(response.status).toBe(200);
    await zapier.printed('New Client (client_created): signature valid, no event for this trigger.');
  });

  it('rejects requests that Zapier would reject, and keeps running', async () => {
    expect((await post('/hooks/no_such_trigger', {})).status).toBe(404);
    expect((await post('/hooks/constructor', {})).status).toBe(404);
    expect((await post('/hooks/label_list', {})).status).toBe(404);
    expect((await post('/', {})).status).toBe(404);
    expect((await fetch(`${url}/hooks/lesson_completed`)).status).toBe(405);
    expect((await post('/hooks/lesson_completed', Buffer.alloc(10 * 1024 * 1024 + 1, ' '))).status).toBe(413);
    await zapier.printed('No trigger listens at /hooks/no_such_trigger.');
    await zapier.printed('its body is larger than 10 MB');
    expect((await post('/hooks/lesson_completed', delivery('Still alive'))).status).toBe(200);
    await zapier.printed('Still alive');
  });

  it('accepts the largest body that Zapier accepts', async () => {
    const largest = Buffer.alloc(10 * 1024 * 1024, ' ');
    expect((await post('/hooks/task_created', largest)).status).toBe(200);
    await zapier.printed('New Task (task_created): signature valid');
  });

  it('prints a last line that works when pasted', async () => {
    const [last = ''] = /^ {2}PORT=.*$/m.exec(zapier.output()) ?? [];
    expect(last).toBe(`  PORT=${port} npm start -- send invoice_paid`);
    const { child, output } = start([], {}, ['sh', '-c', last]);
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(output()).toMatch(/\nAccepted: the Zap runs with 1 record\.\n$/);
  });

  describe('-- send', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-zapier-test-'));
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    it('signs and sends the sample of a trigger', async () => {
      const { code, output, errors } = await runToEnd(['send', 'tutor_created'], { PORT: port });
      expect(output).toMatch(/^Sent [\d,]+ bytes to the relay\.\nAccepted: the Zap runs with 1 record\.\n$/);
      expect([code, errors]).toEqual([0, '']);
    });

    it('sends events through the relay, which stores them for the console, and turns on the Zap of the trigger', async () => {
      const [, folder = ''] = /^ {2}cd (.+)$/m.exec(zapier.output()) ?? [];
      const relay = new DatabaseSync(join(folder, 'relay.sqlite'), { readOnly: true });
      const stored = () => relay.prepare(`SELECT actions FROM deliveries WHERE actions LIKE '%TASK%'`).all();
      expect(stored()).toEqual([]);
      expect((await runToEnd(['send', 'task_created'], { PORT: port })).code).toBe(0);
      expect(stored()).toHaveLength(1);
      relay.close();
      expect(zapier.output()).toContain('New Task (task_created): the Zap runs with 1 record\n\nLabel ');
    });

    it('exits with code 1 if the relay drops the delivery as a duplicate', async () => {
      const file = join(folder, 'twice.json');
      writeFileSync(file, JSON.stringify(delivery('Sent twice')));
      expect((await runToEnd(['send', 'lesson_completed', '--body', file], { PORT: port })).code).toBe(0);
      const { code, errors } = await runToEnd(['send', 'lesson_completed', '--body', file], { PORT: port });
      expect(errors).toMatch(/^Failed: The relay has already received a delivery with the same bytes/);
      expect(code).toBe(1);
    });

    it('signs and sends a file, byte for byte', async () => {
      const file = join(folder, 'body.json');
      writeFileSync(file, `${JSON.stringify(delivery('From a file'), null, 2)}\n`);
      expect((await runToEnd(['send', 'lesson_completed', '--body', file], { PORT: port })).code).toBe(0);
      await zapier.printed('From a file');
    });

    it('exits with code 0 if the delivery has no event for the trigger', async () => {
      const file = join(folder, 'other-event.json');
      writeFileSync(file, JSON.stringify(delivery('Not a note')));
      const { code, output } = await runToEnd(['send', 'note_added', '--body', file], { PORT: port });
      expect(output).toMatch(/\nAccepted, but the delivery has no event for this trigger\. The Zap does not run\.\n$/);
      expect(code).toBe(0);
    });

    it.each([
      ['', /^"[^"]+" is empty\. Save the body of a webhook in it\.\n$/],
      [' \n', /^"[^"]+" is empty\./],
      ['{"events": [', /^"[^"]+" is not valid JSON: [^\n]+\n$/],
      ['{}', /^"[^"]+" has no events\. The body of a webhook has a list "events", and each event has an "action"\.\n$/],
      ['{"events": []}', /^"[^"]+" has no events\./],
      ['{"events": [{"verb": "Created"}]}', /^"[^"]+" has no events\./],
    ])('sends nothing and exits with code 1 if the file contains no events: %j', async (content, message) => {
      const file = join(folder, 'no-events.json');
      writeFileSync(file, content);
      const { code, output, errors } = await runToEnd(['send', 'note_added', '--body', file], { PORT: port });
      expect(errors).toMatch(message);
      expect([code, output]).toEqual([1, errors]);
    });

    it('exits with code 1 if the Zap refuses the delivery', async () => {
      const { code, errors } = await runToEnd(['send', 'tutor_deleted', '--key', 'another'], { PORT: port });
      expect(errors).toMatch(/^Refused: .*signature.*\n\n.*TUTORCRUNCHER_PRIVATE_KEY/);
      expect(code).toBe(1);
      await zapier.printed('Tutor Deleted (tutor_deleted): delivery refused');
    });

    it('exits with the same code if nothing reads its output', async () => {
      for (const [key, expected] of [
        [DEMO_KEY, 0],
        ['another', 1],
      ] as const) {
        const { child } = start(['send', 'note_added', '--key', key], { PORT: port });
        for (const stream of [child.stdout, child.stderr]) stream?.destroy();
        expect(await once(child, 'close')).toEqual([expected, null]);
      }
    });

    it.each([
      [
        'an unknown trigger',
        ['send', 'nothing'],
        /^There is no trigger "nothing"\. README\.md lists the trigger keys\.\n$/,
      ],
      [
        'a mistyped trigger',
        ['send', 'invoice_payed'],
        /^There is no trigger "invoice_payed"\. Did you mean "invoice_paid"\? README\.md lists the trigger keys\.\n$/,
      ],
      [
        'an unreadable file',
        ['send', 'note_added', '--body', '/no/file'],
        /^Could not read "\/no\/file": ENOENT[^\n]*\n$/,
      ],
      [
        'an empty key',
        ['send', 'note_added', '--key', ''],
        /^--key is empty\. Pass a private key, or omit --key[^\n]*\n$/,
      ],
      ['a blank key', ['send', 'note_added', '--key', ' '], /^--key is empty\./],
      ['a missing value', ['send', 'note_added', '--key'], /^--body and --key need a value\..*\n\nRuns .*\n\nUsage:/],
      ['no trigger', ['send'], /^send needs the key of a trigger\.\n\nRuns .*\n\nUsage:/],
      [
        'two triggers',
        ['send', 'note_added', 'task_created'],
        /^send takes one trigger key and no other arguments\. Pass a private key with --key\.\n/,
      ],
      ['an unknown option', ['send', 'note_added', '--kye', 'x'], /^Unknown option '--kye'\.\n\nRuns .*\n\nUsage:/],
      ['an unknown command', ['sned'], /^Unknown command "sned"\.\n\nRuns .*\n\nUsage:/],
    ])('exits with code 1 and a message on stderr: %s', async (_case, args, message) => {
      const { code, output, errors } = await runToEnd(args, { PORT: port });
      expect(errors).toMatch(message);
      expect([code, output]).toEqual([1, errors]);
    });
  });

  it(
    'explains what to do if its port is in use',
    async () => {
      const { code, output } = await runToEnd([], { PORT: port });
      expect(output).toMatch(
        new RegExp(`^Port ${port} is in use\\. Stop the program that listens on it, or choose another port:[^\n]*\n$`),
      );
      expect(code).toBe(1);
    },
    STARTUP_MS,
  );
});

describe('the command line', () => {
  it.each([[['help']], [['--help']], [['-h']], [['send', '--help']], [['send', '-h']]])(
    'prints the usage for %j',
    async (args) => {
      const { code, output, errors } = await runToEnd(args);
      expect(output).toMatch(/^Runs the app on this machine.*\n\nUsage:\n {2}npm start /);
      expect([code, errors]).toEqual([0, '']);
    },
  );

  it.each([
    [{ PORT: 'http' }, /^PORT must be a port number from 0 to 65535, not "http"\.\n$/],
    [{ TUTORCRUNCHER_URL: 'nowhere' }, /^[^\n]*TUTORCRUNCHER_URL[^\n]*\n$/],
    [{ TUTORCRUNCHER_URL: 'ftp://127.0.0.1' }, /^[^\n]*TUTORCRUNCHER_URL[^\n]*\n$/],
    [{ PORT: '0', TMPDIR: '/no/such/folder' }, /Could not create a temporary folder in \/no\/such\/folder: .*\n$/],
  ])('exits with code 1 and one line for %j', async (environment, message) => {
    const { code, errors } = await runToEnd([], environment);
    expect(errors).toMatch(message);
    expect(errors.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  });

  it('send explains what to do if nothing listens on the port', async () => {
    const port = await freePort();
    const { code, output } = await runToEnd(['send', 'note_added'], { PORT: port });
    expect(output).toMatch(new RegExp(`^Nothing listens at [^\n]*, in another terminal: PORT=${port} npm start\n$`));
    expect(code).toBe(1);
  });

  it('send exits with code 1 if another server listens on the port', async () => {
    const server = createServer((_request, response) => response.end('{"status": "success"}'));
    const { code, errors } = await runToEnd(['send', 'note_added'], { PORT: await listen(server) });
    server.close();
    expect(errors).toMatch(/^The server on port \d+ is not the stand-in for Zapier/);
    expect(code).toBe(1);
  });
});
