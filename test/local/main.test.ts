import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { run } from '../../local/command-line.ts';
import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { send } from '../../local/send.ts';
import { freePort } from '../../relay/harness/free-port.ts';
import { CONSOLE_EVENTS_PATH, type EventListResponse } from '../../wire/console-api.ts';
import { deriveLink } from '../../wire/console-link.ts';
import { interrupt, INTERRUPTED, NPM, outputOf, runToEnd, start, STARTUP_MS, type Run } from './npm-start.ts';

const LAST_LINE = 'npm start -- help';

/** Runs the command `send` in this process. */
async function sendFrom(
  port: string,
  triggerKey: string,
  bodyFile?: string,
  privateKey = '',
  choices: readonly string[] = [],
) {
  Object.assign(process.env, { PORT: port, TUTORCRUNCHER_PRIVATE_KEY: privateKey });
  try {
    return await outputOf(() => send(triggerKey, bodyFile, choices));
  } finally {
    delete process.env.PORT;
    delete process.env.TUTORCRUNCHER_PRIVATE_KEY;
  }
}

/** Sends a sample, and closes the output of the command at once. Returns the exit code and the signal. */
function exitUnread(environment: Record<string, string>): Promise<unknown[]> {
  const { child } = start(['send', 'note_added'], environment);
  for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  return once(child, 'close');
}

describe('npm start', () => {
  let zapier: Run;
  let port: string;
  let early: Promise<unknown[]>;
  /** The output until the end of the short form. */
  let shortForm: string;
  const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-zapier-test-'));
  /** The folder for temporary files of the command. */
  const temporary = join(folder, 'temporary');

  beforeAll(async () => {
    port = String(await freePort());
    mkdirSync(temporary);
    // npm writes its compile cache to TMPDIR.
    zapier = start([], { PORT: port, COLUMNS: '', TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' }, NPM);
    await zapier.printed('Starting a relay');
    early = exitUnread({ PORT: port });
    await zapier.printed(LAST_LINE);
    shortForm = zapier.output().split(/(?<=-- help .*)\n/)[0] ?? '';
  }, STARTUP_MS);

  afterAll(() => {
    zapier.child.kill();
    rmSync(folder, { recursive: true });
  });

  const delivery = (topic: string) => {
    const { sampleEvent } = triggerOf('lesson_completed');
    return deliveryOf({ ...sampleEvent, subject: { ...sampleEvent.subject, topic } });
  };

  it('prints about thirty lines, some of which README.md shows, within 80 columns', () => {
    const lines = shortForm.split('\n');
    expect(lines.length).toBeLessThanOrEqual(35);
    expect(lines.filter((line) => line.length > 80 && !line.startsWith('http://'))).toEqual([]);
    const [, shown] = /```\n(A lesson is completed[\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
    expect(shortForm).toContain(shown);
    expect(zapier.errors()).toBe('');
  });

  it('accepts a delivery that is sent during the start, by a command whose output nothing reads', async () => {
    expect(await early).toEqual([0, null]);
  });

  it('prints a command that works when pasted, and turns on the Zap of its trigger', async () => {
    const [command = ''] = /PORT=.* send invoice_paid/.exec(shortForm) ?? [];
    const { child, output } = start([], {}, ['sh', '-c', command]);
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(output()).toMatch(/\nSent [\d,]+ bytes to the relay\.\nAccepted: the Zap runs with 1 record\.\n$/);
    expect(zapier.output()).toContain('Invoice Paid (invoice_paid): the Zap runs with 1 record\n\n  Invoice Number ');
  });

  describe('-- send', () => {
    /** Sends a trigger's sample, or a file with this content. */
    function sent(triggerKey: string, content?: string, privateKey?: string, choices?: readonly string[]) {
      const bodyFile = content === undefined ? undefined : join(folder, 'body.json');
      if (bodyFile !== undefined) writeFileSync(bodyFile, content ?? '');
      return sendFrom(port, triggerKey, bodyFile, privateKey, choices);
    }

    it('sends events through the relay, which stores them for the console', async () => {
      const [, origin = '', secret = ''] = /^(http.+)\/console#([\w-]{43})\.GBP$/m.exec(shortForm) ?? [];
      const { accessToken } = await deriveLink(secret);
      const count = async () => {
        const response = await fetch(`${origin}${CONSOLE_EVENTS_PATH}`, {
          headers: { authorization: `Bearer ${accessToken}` },
        });
        return ((await response.json()) as EventListResponse).events.length;
      };
      const before = await count();
      expect(before).toBeGreaterThanOrEqual(3);
      expect((await sent('task_created')).error).toBe('');
      expect(await count()).toBe(before + 1);
    });

    it('signs and sends a file, byte for byte, but not twice', async () => {
      const content = `${JSON.stringify(delivery('From a file'), null, 2)}\n`;
      expect((await sent('lesson_completed', content)).error).toBe('');
      await zapier.printed('From a file');
      expect((await sent('lesson_completed', content)).error).toMatch(
        /^Failed: The relay has already received a delivery with the same bytes/,
      );
    });

    it('succeeds if the delivery has no event for the trigger', async () => {
      expect((await sent('note_added', JSON.stringify(delivery('Not a note')))).output).toMatch(
        /\nAccepted, but the delivery has no event for this trigger\. The Zap does not run\.\n$/,
      );
    });

    describe('with a short body and a chosen label', () => {
      const { sampleEvent } = triggerOf('client_created');
      const short = (id: number, first_name: string) =>
        JSON.stringify(deliveryOf({ ...sampleEvent, subject: { model: 'Client', id, first_name } }));
      const client = 'The trigger has read /api/clients/301/ from TutorCruncher.';

      it('shows that the record decides', async () => {
        const withLabel = await sent('client_created', short(301, 'A'), undefined, ['label=21']);
        expect(withLabel.output).toContain(`${client}\nAccepted: the Zap runs with 1 record.`);
        const without = await sent('client_created', short(301, 'B'), undefined, ['label=22']);
        expect(without.output).toContain(
          `${client}\nAccepted, but the delivery has no event for this trigger and its choices. The Zap does not run.`,
        );
        const unlimited = await sent('client_created', short(301, 'C'));
        expect(unlimited.output).toMatch(/ to the relay\.\nAccepted: the Zap runs with 1 record\.\n$/);
      });

      it('fails if TutorCruncher does not know the client, and says how to run the event again', async () => {
        const { error } = await sent('client_created', short(999, 'D'), undefined, ['label=21']);
        expect(error).toMatch(/^Failed: This Zap has not run for this event, .* click Send again beside this Zap\.\n/);
        expect(error).toMatch(/\n\nThe trigger has read \/api\/clients\/999\/ from TutorCruncher \d times\.$/);
      });

      it('names the fields of the trigger if there is no such field', async () => {
        const { error } = await sent('client_created', undefined, undefined, ['lable=21']);
        expect(error).toMatch(/^Failed: New Client \(client_created\) has no field "lable"\. Its fields are:\n/);
      });
    });

    it('fails if the Zap refuses the delivery', async () => {
      expect((await sent('tutor_deleted', undefined, 'another')).error).toMatch(
        /^Refused: .*signature.*\n\n.*TUTORCRUNCHER_PRIVATE_KEY/,
      );
      await zapier.printed('Tutor Deleted (tutor_deleted): delivery refused');
      expect(zapier.output()).not.toContain('demo-private-key');
    });

    it.each<[trigger: string, content: string | undefined, message: RegExp]>([
      ['note_added', ' \n', /^"[^"]+" is empty\. Save the body of a webhook in it\.$/],
      ['note_added', '{"events": [', /^"[^"]+" is not valid JSON: [^\n]+$/],
      ['note_added', '{}', /^"[^"]+" has no events\. The body of a webhook has a list "events", and each /],
      ['note_added', '{"events": [{"verb": "Created"}]}', /^"[^"]+" has no events\./],
      ['nothing', undefined, /^There is no trigger "nothing"\. docs\/steps\.md lists the trigger keys\.$/],
      ['invoice_payed', undefined, /^There is no trigger "invoice_payed"\. Did you mean "invoice_paid"\? /],
      ['Invoice Paid', undefined, /^There is no trigger "Invoice Paid"\. Did you mean "invoice_paid"\? /],
    ])('sends nothing of %s with the file %j', async (trigger, content, message) => {
      const { output, error } = await sent(trigger, content);
      expect(error).toMatch(message);
      expect(output).toBe('');
    });

    it('exits with code 1 if the Zap refuses the delivery, although nothing reads its output', async () => {
      expect(await exitUnread({ PORT: port, TUTORCRUNCHER_PRIVATE_KEY: 'another' })).toEqual([1, null]);
    });
  });

  it('ends on Ctrl-C, leaves no files and prints no stack trace', async () => {
    const end = once(zapier.child, 'close');
    interrupt(zapier);
    expect(INTERRUPTED).toContainEqual(await end);
    expect(zapier.errors()).toBe('');
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('the command line', () => {
  const usage = /^Runs the app on this machine.*\n\nUsage:\n {2}npm start /;

  it('exits with code 0 after it has printed the usage', async () => {
    expect(await runToEnd(['help'])).toEqual({ code: 0, output: expect.stringMatching(usage), errors: '' });
  });

  it.each([[['help']], [['send', '--help']], [['poll', '-h']]])('prints the usage for %j', async (args) => {
    expect(await outputOf(() => run(args))).toEqual({ output: expect.stringMatching(usage), error: '' });
  });

  it('exits with code 1 and a message on stderr for an unknown command', async () => {
    const { code, output, errors } = await runToEnd(['sned']);
    expect(errors).toMatch(/^Unknown command "sned"\. The commands are: send, do, poll, help\.\s/);
    expect(errors).not.toContain('Usage:');
    expect([code, output]).toEqual([1, errors]);
  });

  it.each([
    [['send', 'note_added', '--body', '/no/file'], /^Could not read "\/no\/file": ENOENT[^\n]*$/],
    [['send', 'note_added', '--body'], /^--body needs the path of a file\.\n\nRuns .*\n\nUsage:/],
    [['send'], /^send needs the key of a trigger\.\n\nRuns .*\n\nUsage:/],
    [
      ['send', 'note_added', 'task_created'],
      /^send takes one trigger key, and the choices of its Zap as <field>=<value>\.\n/,
    ],
    [['send', 'note_added', '--kye', 'x'], /^Unknown option '--kye'\.\n\nRuns .*\n\nUsage:/],
    [['do'], /^do needs the key of a search or an action\.\n\nRuns .*\n\nUsage:/],
    [['poll'], /^poll needs the key of a polled trigger\.\n/],
    [
      ['send', 'lesson_starting'],
      /^No webhook starts the trigger "lesson_starting": Zapier polls it\. Run it\n?\s?once: npm start -- poll lesson_starting$/,
    ],
    [['--all', 'lesson'], /^npm start takes no arguments but --all\.\n\nRuns .*\n\nUsage:/],
  ])('fails with a message for %j', async (args, message) => {
    expect(await outputOf(() => run(args))).toEqual({ output: '', error: expect.stringMatching(message) });
  });

  it('exits with code 1 and one line if the stand-ins cannot start', async () => {
    const port = String(await freePort());
    const inUse = createServer();
    await once(inUse.listen(Number(port), '127.0.0.1'), 'listening');
    const cases: [environment: Record<string, string>, message: RegExp][] = [
      [
        { PORT: port },
        new RegExp(`^Port ${port} is in use\\. Stop the program that listens on it, or choose another port:`),
      ],
      [{ PORT: 'http' }, /^PORT must be a port number from 0 to 65535, not "http"\.$/],
      [{ PORT: '0', TMPDIR: '/no/such/folder' }, /^Could not create a temporary folder in \/no\/such\/folder: .*$/],
    ];
    const runs = await Promise.all(cases.map(([environment]) => runToEnd([], environment)));
    inUse.close();
    for (const [index, { code, errors }] of runs.entries()) {
      expect(errors.trim()).toMatch(cases[index]?.[1] ?? '');
      expect([code, errors.trim().split('\n').length]).toEqual([1, 1]);
    }
  });

  it('send explains what to do if nothing, or another server, listens on the port', async () => {
    const port = String(await freePort());
    const { code, errors } = await runToEnd(['send', 'note_added'], { PORT: port });
    expect(errors).toMatch(new RegExp(`^Nothing listens at [^\n]*, in another terminal: PORT=${port} npm start\n$`));
    expect(code).toBe(1);
    const server = createServer((_request, response) => response.end('{"status": "success"}'));
    await once(server.listen(Number(port), '127.0.0.1'), 'listening');
    const { error } = await sendFrom(port, 'note_added');
    server.close();
    expect(error).toMatch(/^The server on port \d+ is not the stand-in for Zapier/);
  });
});
