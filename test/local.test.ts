import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createAccountServer } from '../local/account.ts';
import { recordTable } from '../local/table.ts';
import { requestFromTutorCruncher, toTutorCruncherJson } from '../local/tutorcruncher.ts';
import { zapierHeaders } from '../local/zapier.ts';
import { objects } from '../objects/index.ts';
import { deliveryOf, triggerOf } from './helpers.ts';

const DEMO_KEY = 'demo-private-key-of-nobodys-integration0';
const STARTUP_MS = 60_000;

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves once a text was printed. */
  readonly printed: (text: string) => Promise<void>;
}

/** Starts `npm start` with arguments, without npm. */
function start(args: string[], environment: Record<string, string>): Run {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'local/main.ts', ...args], {
    env: { PATH: process.env.PATH, ...environment },
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      for (const listener of listeners) listener();
    });
  }
  const printed = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!output.includes(text)) return;
        listeners.delete(check);
        resolve();
      };
      listeners.add(check);
      child.once('exit', () => {
        reject(new Error(`It ended without printing "${text}". It printed:\n${output}`));
      });
      check();
    });
  return { child, output: () => output, printed };
}

/** Runs to the end. */
async function runToEnd(args: string[], environment: Record<string, string> = {}) {
  const { child, output } = start(args, environment);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output: output() };
}

describe('the headers Zapier hands over', () => {
  it('have Http- before their names, but for those of the content', () => {
    expect(
      zapierHeaders({
        'webhook-signature': 'x',
        'content-type': 'a',
        'CONTENT-LENGTH': '1',
        accept: ['b', 'c'],
        gone: undefined,
      }),
    ).toEqual({ 'Http-Webhook-Signature': 'x', 'Content-Type': 'a', 'Content-Length': '1', 'Http-Accept': 'b, c' });
  });
});

describe("TutorCruncher's JSON", () => {
  it('has spaces and escapes', () => {
    expect(toTutorCruncherJson({ a: [1, 'é🎻\u2028"'], b: null, c: undefined, d: { e: true } })).toBe(
      '{"a": [1, "\\u00e9\\ud83c\\udfbb\\u2028\\""], "b": null, "d": {"e": true}}',
    );
  });
});

describe('the table', () => {
  const fields = [{ key: 'a_b', label: 'A to B' }];

  it('has label, key and value; items of a list together', () => {
    expect(recordTable(fields, { a_b: 'c', students: [{ name: 'Leo' }, { name: 'Mia' }], tutors: [], n: null })).toBe(
      [
        'Label          Key             Value',
        '---------------------------------------',
        'A to B         a_b             c',
        'Students Name  students[]name  Leo, Mia',
        'Tutors         tutors          (none)',
        'N              n',
      ].join('\n'),
    );
  });

  it('lets no value move the cursor, break lines or run on', () => {
    const table = recordTable(fields, { a_b: `\u001b[2J\r\n${'x'.repeat(500)}` });
    for (const control of ['\u001b', '\r']) expect(table).not.toContain(control);
    expect(table.split('\n')).toHaveLength(3);
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThan(90);
  });
});

describe("the stand-in for an account's API", () => {
  const server = createAccountServer(objects, 'the-key');
  let url: string;
  const get = async (path: string, key = 'the-key') => {
    const response = await fetch(`${url}/api/${path}`, { headers: { Authorization: `token ${key}` } });
    return { status: response.status, data: (await response.json()) as Record<string, unknown> };
  };

  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  it('has pages of 100, and none past the last', async () => {
    const first = await get('labels/');
    expect(first.data).toMatchObject({ count: 120, next: `${url}/api/labels/?page=2`, previous: null });
    expect(first.data.results).toHaveLength(100);
    expect((await get('labels/?page=2')).data.results).toHaveLength(20);
    expect((await get('labels/?page=3')).status).toBe(404);
  });

  it('has rows and details, filters, and rows without ids where TutorCruncher has them', async () => {
    const rows = (await get('clients/')).data.results as Record<string, unknown>[];
    expect(rows[0]).not.toHaveProperty('extra_attrs');
    expect((await get(`clients/${String(rows[0]?.id)}/`)).data).toHaveProperty('extra_attrs');
    expect((await get('clients/?labels=22')).data.count).toBe(1);
    expect((await get('clients/?status=dormant')).data.count).toBe(0);
    const reports = (await get('reports/')).data.results as Record<string, unknown>[];
    expect(Object.keys(reports[0] ?? {})).toEqual(['url']);
    expect((await get('clients/1/')).status).toBe(404);
    expect((await get('nothing/')).status).toBe(404);
  });

  it('takes its key only, and 100 requests a minute', async () => {
    expect((await get('branch/', 'another')).status).toBe(401);
    const statuses: number[] = [];
    for (let i = 0; i < 210; i++) statuses.push((await get('branch/')).status);
    expect(statuses).toContain(429);
    expect(statuses.slice(0, 80)).not.toContain(429);
  });
});

describe('npm start', () => {
  let zapier: Run;
  let url: string;
  let port: string;

  beforeAll(async () => {
    zapier = start([], { PORT: '0' });
    await zapier.printed('Still listening.');
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(zapier.output())?.[0] ?? '';
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

  it('shows the flattened sample lesson first', () => {
    expect(zapier.output()).toMatch(
      /Lesson Completed \(lesson_completed\): the Zap runs with record\nLabel +Key +Value/,
    );
    expect(zapier.output()).toMatch(/^Lesson Topic +lesson_topic +Quadratic equations$/m);
    expect(zapier.output()).toMatch(/^Student Name +students\[\]name +Leo Raman$/m);
    expect(zapier.output()).not.toMatch(/RSSMEM|Warning/);
  });

  it('shows two Zaps getting their events from the one URL of a relay', () => {
    const output = zapier.output();
    expect(output).toContain('Two Zaps are on: Lesson Completed and Invoice Paid.');
    expect(output.match(/^Sent \d+ bytes to http:\/\/127\.0\.0\.1:\d+\/hooks\/[\w-]{49}: 202/gm)).toHaveLength(2);
    expect(output).toContain('Lesson Completed (lesson_completed): the Zap runs with record');
    expect(output).toContain('Invoice Paid (invoice_paid): the Zap runs with record');
    expect(output).toMatch(
      /^Webhook URL for TutorCruncher: .* Status: last webhook received less than a minute ago\.$/m,
    );
  });

  it("shows a trigger as Zapier's editor does, with an account of invented people", () => {
    const output = zapier.output();
    expect(output).toContain('What a person sees who builds a Zap on Tutor Label Added (tutor_label_added):');
    expect(output).toContain('Connection: Bristol Branch (Bright Sparks Tuition)');
    expect(output).toMatch(/^Label: Weekend, Sibling discount, .* \(120 to choose from\)$/m);
    expect(output).toMatch(/^Custom fields: Teaching Experience, Date of Birth, /m);
    expect(output).toContain('Records to test with: 3, the first of them:');
    expect(output).toMatch(/^Teaching Experience +custom_teaching_experience +Ten years$/m);
  });

  it('goes on taking deliveries, and answers 200 as Zapier does', async () => {
    const response = await post('/hooks/lesson_completed', delivery('A topic of its own'));
    expect([response.status, await response.json()]).toEqual([200, { status: 'success' }]);
    await zapier.printed('A topic of its own');
  });

  it('shows the refusal of one with another key, without its contents', async () => {
    const response = await post('/hooks/lesson_completed', delivery('Not to be shown'), 'another-key');
    expect(response.status).toBe(200);
    await zapier.printed(
      'Lesson Completed (lesson_completed): refused\nThis request was refused because its signature does not match',
    );
    expect(zapier.output()).not.toContain('Not to be shown');
    expect(zapier.output()).not.toContain(DEMO_KEY);
  });

  it('says so when the Zap does not run, below the URL too', async () => {
    const response = await post('/hooks/client_created/contractor', { id: 402, deleted: false });
    expect(response.status).toBe(200);
    await zapier.printed('New Client (client_created): signed rightly, but no event of this trigger in it');
  });

  it('lives on after requests that it cannot take', async () => {
    expect((await post('/hooks/no_such_trigger', {})).status).toBe(404);
    expect((await post('/hooks/constructor', {})).status).toBe(404);
    expect((await post('/hooks/label_list', {})).status).toBe(404);
    expect((await post('/', {})).status).toBe(404);
    expect((await fetch(`${url}/hooks/lesson_completed`)).status).toBe(405);
    expect((await post('/hooks/lesson_completed', Buffer.alloc(10 * 1024 * 1024 + 1, ' '))).status).toBe(413);
    const broken = httpRequest(`${url}/hooks/lesson_completed`, {
      method: 'POST',
      headers: { 'content-length': 99, expect: '100-continue' },
    });
    broken.on('error', () => undefined).flushHeaders();
    // It has seen the request once it says that it waits for the rest.
    await once(broken, 'continue');
    broken.destroy();
    await zapier.printed('A request broke off');
    expect(zapier.output()).toContain('No trigger listens there.');
    expect(zapier.output()).toContain('A request with more than 10 MB was not accepted');
    expect((await post('/hooks/lesson_completed', delivery('Still alive'))).status).toBe(200);
    await zapier.printed('Still alive');
  });

  it('takes as much as Zapier does', async () => {
    const largest = Buffer.alloc(10 * 1024 * 1024, ' ');
    expect((await post('/hooks/task_created', largest)).status).toBe(200);
    await zapier.printed('New Task (task_created): signed rightly');
  });

  describe('-- send', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-zapier-test-'));
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    it('signs and sends the sample of a trigger', async () => {
      const { code, output } = await runToEnd(['send', 'invoice_paid'], { PORT: port });
      expect(output).toMatch(/^Sent \d+ bytes to http:\/\/127\.0\.0\.1:\d+\/hooks\/invoice_paid: 200/);
      expect(code).toBe(0);
      await zapier.printed('INV-148');
    });

    it('signs and sends a file, byte for byte', async () => {
      const file = join(folder, 'body.json');
      writeFileSync(file, `${JSON.stringify(delivery('From a file'), null, 2)}\n`);
      expect((await runToEnd(['send', 'lesson_completed', '--body', file], { PORT: port })).code).toBe(0);
      await zapier.printed('From a file');
    });

    it('signs with another key', async () => {
      expect((await runToEnd(['send', 'tutor_deleted', '--key', 'another'], { PORT: port })).code).toBe(0);
      await zapier.printed('Tutor Deleted (tutor_deleted): refused');
    });

    it.each([
      ['an unknown trigger', ['send', 'nothing'], /^There is no trigger "nothing"; README.md lists their keys\.\n$/],
      [
        'a file that cannot be read',
        ['send', 'note_added', '--body', '/no/such/file'],
        /^Can't read \/no\/such\/file: ENOENT[^\n]*\n$/,
      ],
      ['no trigger', ['send'], /^Usage:/],
      ['an unknown option', ['send', 'note_added', '--kye', 'x'], /^Unknown option '--kye'/],
      ['an unknown command', ['sned'], /^Usage:/],
    ])('ends with a clear word on %s', async (_what, args, message) => {
      const { code, output } = await runToEnd(args, { PORT: port });
      expect(output).toMatch(message);
      expect(code).toBe(1);
    });
  });

  it(
    'says what to do when its port is taken',
    async () => {
      const { code, output } = await runToEnd([], { PORT: port });
      expect(output).toMatch(
        new RegExp(`Port ${port} is taken\\. Stop what listens there, or choose another:[^\n]*\n$`),
      );
      expect(code).toBe(1);
    },
    STARTUP_MS,
  );

  it('says what is wrong with a port that is none', async () => {
    expect(await runToEnd([], { PORT: 'http' })).toEqual({ code: 1, output: 'PORT is no port number: http\n' });
  });
});

describe('npm start -- send', () => {
  it('says what to do when nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const { code, output } = await runToEnd(['send', 'note_added'], { PORT: String(port) });
    expect(output).toMatch(/^Nothing answers at [^\n]*npm start\n$/);
    expect(code).toBe(1);
  });
});
