/** PDF files, with a stand-in for TutorCruncher whose links expire, and a stand-in for Zapier's file storage. */

import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import nock from 'nock';

import app from '../../index.ts';
import type { ApiResponse } from '../../local/api/behaviour.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { createRunner } from '../../local/app-runner.ts';
import { recordWith } from '../support/app-tester.ts';
import { startZapierStorage, type ZapierStorage } from '../support/zapier-storage.ts';
import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, find } from '../support/steps.ts';
import { tutorCruncherApi } from '../support/tutorcruncher-api.ts';

const tutorCruncher = useTutorCruncher();
const asText = (value: unknown): string => String(value);

let storage: ZapierStorage;

beforeEach(async () => {
  storage = await startZapierStorage();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await storage.stop();
});

/** Reduces the pauses and time limits of the app and of the stand-ins to a tenth. */
function shortenTimes(): void {
  const { setTimeout } = globalThis;
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  jest.spyOn(globalThis, 'setTimeout').mockImplementation((run, ms = 0) => setTimeout(run, ms / 10));
  jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(Math.ceil(ms / 10)));
}

afterAll(() => {
  nock.restore();
});

/** Calls a hydrator as Zapier does when a step uses the file. */
const fetchFile = (inputData: JsonObject): Promise<unknown> =>
  createRunner(app, PRIVATE_KEY).call('hydrators.pdf', { inputData }, storage.event);

const INVOICE = { object: 'invoice', id: '148' };
const failure = (): Promise<string> => failureOf(fetchFile(INVOICE));

/** Responds to the first requests for the file with these responses. */
const respond = (...responses: ApiResponse[]): void => {
  tutorCruncher.now.files.intercept = () => responses.shift() ?? null;
};

/** Changes the record in the API's responses, and returns the number of reads of the record so far. */
const change = (changes: (read: number) => JsonObject | null): (() => number) => {
  const { account, behaviour } = tutorCruncher.now;
  let reads = 0;
  behaviour.intercept = ({ path }) => {
    if (path !== '/api/invoices/148/') return null;
    const record = account.find('invoices', 148);
    const changed = changes(++reads);
    return record && changed && [200, { ...account.current('invoices', record), ...changed }];
  };
  return () => reads;
};

describe('a record', () => {
  it('refers to its PDF in triggers, searches and the action that returns it', async () => {
    const expectPdf = (record: JsonObject | undefined, object: string, id: string): void => {
      const reference = JSON.stringify({ type: 'file', method: 'hydrators.pdf', bundle: { object, id } });
      expect(record?.[`${object}_pdf`]).toBe(`hydrate|||${reference}|||hydrate`);
    };
    const { account } = tutorCruncher.now;
    for (const [key, path, word, id] of [
      ['invoice_paid', 'invoices', 'invoice', 148],
      ['credit_request_raised', 'proforma-invoices', 'credit_request', 29],
      ['payment_order_raised', 'payment-orders', 'payment_order', 96],
    ] as const) {
      expectPdf(await recordWith(key, account.find(path, id) ?? {}), word, String(id));
    }
    const [invoice] = await find('find_invoice', { find_number: '148' });
    const [request] = await find('find_credit_request', { find_number: '29' });
    expectPdf(invoice, 'invoice', '148');
    expectPdf(request, 'credit_request', '29');
    const created = await act('create_credit_request', { client: '303', amount: '5', description: 'Books' });
    expectPdf(created, 'credit_request', asText(created.id));
  });

  it('refers to no file if it has no id', async () => {
    expect(await recordWith('invoice_paid', { display_id: 'INV-1' })).toMatchObject({ invoice_pdf: null });
  });
});

describe('the file of a record', () => {
  it.each([
    [INVOICE, 'Invoice INV-148.pdf'],
    [{ object: 'credit_request', id: 29 }, 'Credit Request PFI-29.pdf'],
    [{ object: 'payment_order', id: '96' }, 'Payment Order PO-96.pdf'],
  ])('%j is fetched with a fresh link and stored as %s', async (inputData, name) => {
    expect(await fetchFile(inputData)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/file-1$/);
    expect(storage.files).toMatchObject([{ name, contentType: 'application/pdf' }]);
    expect(String(storage.files[0]?.bytes)).toMatch(/^%PDF-1\.4\n% \/files\/[a-z-]+\/\d+\.pdf\n%%EOF\n$/);
    expect(tutorCruncher.requests()).toHaveLength(1);
  });

  it('is fetched again for a replayed run, when the link in the record has expired', async () => {
    const [record] = await find('find_invoice', { find_number: '148' });
    const { files } = tutorCruncher.now;
    const link = new URL(asText(record?.invoice_pdf_url));
    const seconds = Number(link.searchParams.get('Expires')) - Date.now() / 1000;
    expect(seconds).toBeGreaterThan(50);
    expect(seconds).toBeLessThanOrEqual(61);
    await fetchFile(INVOICE);
    await fetchFile(INVOICE);
    expect(files.requests).toHaveLength(2);
    expect(storage.files).toHaveLength(2);
  });

  it.each([
    ['INV/148', 'Invoice INV-148.pdf'],
    ['Ü "1": <2>', 'Invoice Ü -1- -2-.pdf'],
    [null, 'Invoice 148.pdf'],
  ])('with the number %j is named %s', async (display_id, name) => {
    change(() => ({ display_id }));
    await fetchFile(INVOICE);
    expect(decodeURIComponent(storage.files[0]?.name ?? '').normalize()).toBe(name);
  });

  it('may have 20 MB', async () => {
    const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(20_000_000, 'x')]);
    respond([200, bytes, { 'Content-Type': 'binary/octet-stream' }]);
    await fetchFile(INVOICE);
    expect(storage.files[0]?.bytes.equals(bytes)).toBe(true);
  });

  it('is not fetched if TutorCruncher responds with another invoice', async () => {
    change(() => ({ id: 149, url: 'https://app.tutorcruncher.com/api/invoices/149/' }));
    expect(await failure()).toMatch(/cannot be fetched\. TutorCruncher responded with another record, or with none\./);
    expect(storage.files).toEqual([]);
  });

  it('waits for a PDF that TutorCruncher creates at the first request', async () => {
    shortenTimes();
    tutorCruncher.now.behaviour.intercept = () =>
      new Promise((resolve) =>
        setTimeout(() => {
          resolve(null);
        }, 9_000),
      );
    await fetchFile(INVOICE);
    expect(storage.files).toHaveLength(1);
  });

  it('waits for a link that the first response lacks', async () => {
    shortenTimes();
    const reads = change((read) => (read === 1 ? { pdf_url: null } : {}));
    await fetchFile(INVOICE);
    expect([reads(), storage.files.length]).toEqual([2, 1]);
  });

  it('is fetched with another link if the first has expired', async () => {
    const { files } = tutorCruncher.now;
    files.linkSeconds = -1;
    const reads = change((read) => {
      files.linkSeconds = read === 1 ? -1 : 60;
      return { pdf_url: files.linkTo('invoices', 148) };
    });
    await fetchFile(INVOICE);
    expect([reads(), files.requests.length, storage.files.length]).toEqual([2, 2, 1]);
  });
});

describe('the private key', () => {
  it('is not sent to the host of the file, nor to the hosts that it redirects to', async () => {
    const { files } = tutorCruncher.now;
    const other = files.linkTo('invoices', 148).replace('localhost', '127.0.0.1');
    respond([302, '', { Location: other }]);
    await fetchFile(INVOICE);
    expect(files.requests.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
    expect(storage.files).toHaveLength(1);
  });

  it('is not sent to TutorCruncher either if the host of the file redirects there', async () => {
    const { files, origin } = tutorCruncher.now;
    files.intercept = () => [302, '', { Location: `${origin}/api/clients/301/` }];
    expect(await failure()).toMatch(/refused the link \(HTTP status 401\)/);
    // The stand-in records only requests with the private key.
    expect(tutorCruncher.requests().map(({ path }) => path)).toEqual(Array(2).fill('/api/invoices/148/'));
  });

  it('is not sent after a redirect of TutorCruncher itself', async () => {
    const { behaviour, files } = tutorCruncher.now;
    behaviour.intercept = () => [302, '', { Location: files.linkTo('invoices', 148) }];
    expect(await failure()).toMatch(/unexpected response \(HTTP status 302\)/);
    expect(files.requests).toEqual([]);
  });
});

describe('the error for a file that cannot be fetched', () => {
  const start = /^The PDF of this invoice cannot be fetched\. /;

  it.each<[string, ApiResponse, RegExp, number]>([
    [
      'an HTML page',
      [200, '<!doctype html><p>Priya Raman'],
      /leads to a web page instead of a PDF\. Replay this run/,
      1,
    ],
    ['another kind of file', [200, Buffer.from('PK')], /leads to another kind of file instead of a PDF/, 1],
    ['an empty file', [200, Buffer.alloc(0)], /The file is empty\. Replay this run/, 1],
    ['a refusal', [403, 'Priya Raman'], /refused the link \(HTTP status 403\)\. Replay this run/, 2],
    ['a problem of the host', [503, 'Priya Raman'], /refused the link \(HTTP status 503\)/, 2],
    [
      'a redirect to an insecure address',
      [302, '', { Location: 'ftp://files.example.com/1.pdf' }],
      /does not begin with https/,
      1,
    ],
    ['endless redirects', [302, '', { Location: '?again' }], /redirects too many times/, 6],
  ])('explains %s', async (_name, response, message, requests) => {
    const { files } = tutorCruncher.now;
    files.intercept = () => response;
    const error = await failure();
    expect(error).toMatch(start);
    expect(error).toMatch(message);
    expect(error).not.toMatch(/Priya|Signature|http:/);
    expect(files.requests).toHaveLength(requests);
    expect(storage.files).toEqual([]);
  });

  it('explains a PDF that does not exist yet, and names drafts', async () => {
    shortenTimes();
    change(() => ({ pdf_url: null }));
    expect(await failure()).toMatch(/has not created it yet\. Replay this run in a few minutes\. A draft has no PDF/);
  });

  it.each(['http://files.example.com/1.pdf', 'files.example.com/1.pdf'])(
    'explains the insecure link %s',
    async (link) => {
      delete process.env.TUTORCRUNCHER_URL;
      tutorCruncherApi().get('/api/invoices/148/').reply(200, { id: 148, pdf_url: link });
      expect(await failure()).toMatch(/link to the file does not begin with https:\/\//);
    },
  );

  it('explains an invoice that does not exist', async () => {
    expect(await failureOf(fetchFile({ object: 'invoice', id: '9' }))).toMatch(
      /^The PDF of this invoice cannot be fetched\. The invoice does not exist, or no longer exists, in the branch/,
    );
  });

  it('explains a connection that breaks, without the link', async () => {
    change(() => ({ pdf_url: 'http://localhost:1/files/1.pdf?Signature=secret' }));
    const error = await failure();
    expect(error).toMatch(/The host of the file did not respond in time, or the connection broke\. Replay/);
    expect(error).not.toContain('secret');
  });

  it('advises to replay the run if TutorCruncher has a problem', async () => {
    tutorCruncher.now.behaviour.intercept = () => [500, {}];
    expect(await failure()).toMatch(
      /having a problem .* creates the PDF at the first request, .* Replay this run in a few minutes/,
    );
  });

  it.each([
    {},
    { object: 'lesson', id: '1' },
    { object: 'toString', id: '1' },
    { object: 'invoice', id: '../clients/1' },
  ])('rejects the reference %j', async (inputData) => {
    const error = await failureOf(fetchFile(inputData));
    expect(error).toMatch(/reference to a file is incomplete/);
    expect(tutorCruncher.requests()).toEqual([]);
  });
});
