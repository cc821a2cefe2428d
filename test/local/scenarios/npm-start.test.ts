/** The demonstration of `npm start` from its start to Ctrl-C, with deliveries of `npm start -- send`. */

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../../local/hook-calls.ts';
import { freePort } from '../../../relay/harness/free-port.ts';
import { CONSOLE_EVENTS_PATH, type EventListResponse } from '../../../wire/console-api.ts';
import { deriveLink } from '../../../wire/console-link.ts';
import { interrupt, INTERRUPTED, NPM, start, STARTUP_MS, type Run } from '../../support/npm-start.ts';
import { sendFrom } from '../../support/send-from.ts';

const LAST_LINE = 'npm start -- help';

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
