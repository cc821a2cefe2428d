import { once } from 'node:events';
import { request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createHookServer } from '../local/server.ts';
import { suggestion } from '../relay/suggestion.ts';
import { recordTable } from '../local/table.ts';
import { wrapped } from '../local/terminal.ts';
import { toTutorCruncherJson } from '../local/tutorcruncher.ts';
import { parseZapResult, REPORT_HEADER, zapResultOf } from '../local/zap-result.ts';
import { zapierHeaders } from '../local/zapier.ts';
import { until } from '../relay/harness/until.ts';

async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('zapierHeaders', () => {
  it('prefixes all names with Http-, except Content-Type and Content-Length', () => {
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

describe('toTutorCruncherJson', () => {
  it('writes spaces after separators and escapes all characters outside ASCII', () => {
    expect(toTutorCruncherJson({ a: [1, 'é🎻\u2028"'], b: null, c: undefined, d: { e: true } })).toBe(
      '{"a": [1, "\\u00e9\\ud83c\\udfbb\\u2028\\""], "b": null, "d": {"e": true}}',
    );
  });
});

describe('recordTable', () => {
  const fields = [
    { key: 'a_b', label: 'A to B' },
    { key: 'changes[]field', label: 'Change Field' },
  ];

  it('shows the label, the key and the value, and joins the items of a list', () => {
    expect(
      recordTable(
        fields,
        { a_b: 'c', students: [{ name: 'Leo' }, { name: 'Mia' }], tutors: [], changes: [], n: null },
        80,
      ),
    ).toBe(
      [
        'Label          Key             Value',
        '---------------------------------------',
        'A to B         a_b             c',
        'Students Name  students[]name  Leo, Mia',
        'Tutors         tutors          (none)',
        'Change Field   changes[]field  (none)',
        'N              n',
      ].join('\n'),
    );
  });

  it('replaces control characters and line breaks, and shortens long values', () => {
    const table = recordTable(fields, { a_b: `\u001b[2J\r\n${'x'.repeat(500)}` }, 90);
    for (const control of ['\u001b', '\r']) expect(table).not.toContain(control);
    expect(table.split('\n')).toHaveLength(3);
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThan(90);
  });

  it('shortens values, and then shows keys below their labels, to fit a narrow terminal', () => {
    const record = { a_b: 'x'.repeat(60), a_rather_long_key: 'y' };
    const at = (width: number) => recordTable(fields, record, width).split('\n');
    expect(at(90)[2]).toBe(`A to B             a_b                ${'x'.repeat(51)}…`);
    expect(at(60)[0]).toBe('Label              Value');
    expect(at(60).slice(1)).toEqual([
      '  Key',
      '-'.repeat(60),
      `A to B             ${'x'.repeat(40)}…`,
      ...['  a_b', 'A Rather Long Key  y', '  a_rather_long_key'],
    ]);
    expect(Math.max(...at(60).map((line) => line.length))).toBe(60);
  });
});

describe('a text in a terminal', () => {
  const link = `http://127.0.0.1:4000/console#${'x'.repeat(43)}`;

  it.each([
    ['fits', 'fits'],
    ['one two three four five six', 'one two three four\nfive six'],
    ['  an indented text of words', '  an indented text\n  of words'],
    [`See it: ${link} here`, `See it:\n${link}\nhere`],
    [`  ${link}`, `  ${link}`],
    ['first\n\nsecond', 'first\n\nsecond'],
  ])('is broken between words, and links stay whole: %j', (text, expected) => {
    expect(wrapped(text, 20)).toBe(expected);
  });

  it('continues in its last column', () => {
    expect(wrapped('12:00:00  A Lesson was moved to another day and place', 40)).toBe(
      '12:00:00  A Lesson was moved to another\n          day and place',
    );
  });
});

describe('the suggestion for a mistyped key', () => {
  const keys = ['invoice_paid', 'invoice_raised', 'lesson_completed'];

  it.each([
    ['invoice_payed', 'invoice_paid'],
    ['Invoice Paid', 'invoice_paid'],
    ['lesson-complete', 'lesson_completed'],
    ['invoiceraised', 'invoice_raised'],
  ])('is the nearest key: %s', (typed, key) => {
    expect(suggestion(typed, keys)).toBe(` Did you mean "${key}"?`);
  });

  it('is missing if no key is near', () => {
    expect(suggestion('nothing', keys)).toBe('');
  });
});

describe('the stand-in for Zapier', () => {
  const rejected: string[] = [];
  const received: string[] = [];
  const server = createHookServer({
    hasTrigger: (key) => key === 'note_added',
    receive: (_key, { headers }) => received.push(Object.keys(headers).join(' ')),
    send: (_key, { headers }) => {
      received.push(Object.keys(headers).join(' '));
      return Promise.resolve({ result: 'accepted', records: 2 });
    },
    reject: (line) => rejected.push(line),
  });
  let url: string;

  beforeAll(async () => {
    url = await listen(server);
  });
  afterAll(() => {
    server.close();
  });

  const post = async (headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/hooks/note_added`, { method: 'POST', body: '{}', headers });
    return response.json();
  };
  // Do not pass the address as a URL. Other tests load zapier-platform-core, which replaces `request` with a function
  // that ignores the options after a URL.
  const address = () => ({ host: '127.0.0.1', port: new URL(url).port });
  /** Sends a path exactly as given, unlike `fetch`. */
  const get = async (path: string) => {
    const sending = request({ ...address(), path }).end();
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    await text(response);
    return { status: response.statusCode, line: rejected.at(-1) };
  };

  it("includes the Zap's result in the response only if the sender asks for it", async () => {
    expect(await post()).toEqual({ status: 'success' });
    expect(await post({ [REPORT_HEADER]: '1' })).toEqual({
      status: 'success',
      zap: { result: 'accepted', records: 2 },
    });
    expect(received).toHaveLength(2);
    expect(received.join(' ')).not.toContain(REPORT_HEADER);
  });

  it.each([
    ['/hooks/nothing?token=secret', 'No trigger listens at /hooks/nothing. Send to'],
    [`/${'a'.repeat(500)}`, `No trigger listens at /${'a'.repeat(78)}…. Send to`],
    ['http://user:password@example.com/x', 'No trigger listens at this address. Send to'],
  ])('reports the path of a request that is not for a trigger: %s', async (path, line) => {
    const { status, line: actual } = await get(path);
    expect(status).toBe(404);
    expect(actual?.slice(0, line.length)).toBe(line);
  });

  it('keeps listening after a request that ends early', async () => {
    const broken = request({
      ...address(),
      path: '/hooks/note_added',
      method: 'POST',
      headers: { 'content-length': 99, expect: '100-continue' },
    });
    broken.on('error', () => undefined).flushHeaders();
    await once(broken, 'continue');
    const count = rejected.length;
    broken.destroy();
    await until(() => rejected.length > count);
    expect(rejected.at(-1)).toBe('A request ended before its body was complete.');
    expect(await post()).toEqual({ status: 'success' });
  });
});

describe("a Zap's result", () => {
  it.each([
    [{ records: [{ id: 'a' }] }, { result: 'accepted', records: 1 }],
    [
      { error: 'Wrong key.', isRefusal: true },
      { result: 'refused', message: 'Wrong key.' },
    ],
    [
      { error: 'Broken.', isRefusal: false },
      { result: 'failed', message: 'Broken.' },
    ],
  ])('is the same after the transfer: %j', (outcome, result) => {
    expect(zapResultOf(outcome)).toEqual(result);
    expect(parseZapResult(JSON.stringify({ status: 'success', zap: result }))).toEqual(result);
  });

  it.each(['', 'ok', '{}', '{"zap": null}', '{"zap": {"result": "accepted"}}', '{"zap": {"result": "refused"}}'])(
    'is null for the response of another server: %j',
    (body) => {
      expect(parseZapResult(body)).toBeNull();
    },
  );
});
