/** The download of a PDF, with stand-ins for TutorCruncher and for the file's host. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { hydrators } from '../../src/object/pdf-file.ts';
import type { JsonObject } from '../../wire/json.ts';
import { failureOf } from '../support/steps.ts';

const LINK = 'https://files.example.com/1.pdf';
const START = 1_800_000_000_000;
const PDF = Buffer.from('%PDF-1.7');

/** The requests for the file, with their options. */
let requests: { readonly url: string; readonly timeout: number }[];
/** The response when the record is read. */
let record: { readonly status: number; readonly data: unknown };
/** Time that reading the record takes, in milliseconds. */
let recordMs: number;
/** Time limit for reading the record, in milliseconds. */
let recordLimit: number;
/** The file, or the error that the HTTP client throws while it receives the file. */
let file: Buffer | Error;
/** The addresses to which the next requests are redirected. */
let redirects: string[];
let now: number;

const z = {
  ...directZ,
  request: (request: string | { readonly timeout: number }, options: { readonly timeout: number }) => {
    if (typeof request !== 'string') {
      recordLimit = request.timeout;
      now += recordMs;
      return Promise.resolve(record);
    }
    requests.push({ url: request, ...options });
    const location = redirects.shift() ?? null;
    const buffer = () => (file instanceof Error ? Promise.reject(file) : Promise.resolve(file));
    return Promise.resolve({ status: location === null ? 200 : 302, getHeader: () => location, buffer });
  },
  stashFile: () => 'https://zapier.example/stored',
} as unknown as ZObject;
const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: { object: 'invoice', id: '148' } };
const fetchPdf = () => hydrators.pdf(z, bundle as unknown as Bundle);

beforeEach(() => {
  requests = [];
  redirects = [];
  record = { status: 200, data: { id: 148, pdf_url: LINK } };
  recordMs = 0;
  file = PDF;
  now = START;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('the time for a PDF', () => {
  it('is 20 seconds for the record, and the rest of 25 seconds for the file', async () => {
    recordMs = 19_000;
    expect(await fetchPdf()).toBe('https://zapier.example/stored');
    expect(recordLimit).toBe(20_000);
    expect(requests).toMatchObject([
      { url: LINK, timeout: 6_000, raw: true, redirect: 'manual', skipThrowForStatus: true, size: 100_000_000 },
    ]);
  });

  it('is up if less than 300 milliseconds are left', async () => {
    recordMs = 24_700;
    await fetchPdf();
    recordMs = 24_701;
    expect(await failureOf(fetchPdf())).toMatch(
      /^The PDF of this invoice cannot be fetched\. TutorCruncher responded too slowly\. Replay this run/,
    );
    expect(requests.map(({ timeout }) => timeout)).toEqual([300]);
  });
});

it('a file of more than 100 MB is too large', async () => {
  file = Object.assign(new Error(LINK), { name: 'FetchError', type: 'max-size' });
  expect(await failureOf(fetchPdf())).toMatch(/The file is larger than 100 MB, which is too large for a Zap\./);
  file = Object.assign(new Error(LINK), { name: 'FetchError', type: 'system' });
  expect(await failureOf(fetchPdf())).toMatch(/The host of the file did not respond in time/);
});

it('an empty file is not a PDF', async () => {
  file = Buffer.alloc(0);
  expect(await failureOf(fetchPdf())).toMatch(/The file is empty\. Replay this run/);
});

it('five redirects are followed, to absolute and relative addresses', async () => {
  const absolute = 'https://cdn.example.com/a';
  redirects = [absolute, 'b', '/c', '?d', 'e'];
  await fetchPdf();
  expect(requests.map(({ url }) => url)).toEqual([
    LINK,
    absolute,
    'https://cdn.example.com/b',
    'https://cdn.example.com/c',
    'https://cdn.example.com/c?d',
    'https://cdn.example.com/e',
  ]);
  redirects = Array<string>(6).fill(absolute);
  expect(await failureOf(fetchPdf())).toMatch(/redirects too many times/);
});

it.each([
  ['a web page', '\n  <html>'],
  ['another kind of file', 'PK <html>'],
  ['another kind of file', `${' '.repeat(1_024)}%PDF-1.7`],
])('a link may lead to %s instead of a PDF: %j', async (kind, content) => {
  file = Buffer.from(content);
  expect(await failureOf(fetchPdf())).toMatch(new RegExp(`link leads to ${kind} instead of a PDF`));
});

it('a PDF can begin with other bytes', async () => {
  file = Buffer.concat([Buffer.from('\ufeff\n'), PDF]);
  expect(await fetchPdf()).toBe('https://zapier.example/stored');
});

it.each<[reason: string, status: number, data: JsonObject, message: RegExp]>([
  ['TutorCruncher responds with another record', 200, { id: 149, pdf_url: LINK }, /responded with another record/],
  ['the record does not exist', 404, {}, /The invoice does not exist, or no longer exists, in the branch/],
  ['the link is insecure', 200, { id: 148, pdf_url: LINK.replace('https', 'http') }, /does not begin with https/],
])('nothing is requested from the host of the file if %s', async (_reason, status, data, message) => {
  record = { status, data };
  expect(await failureOf(fetchPdf())).toMatch(message);
  expect(requests).toEqual([]);
});

it('the request for the file is marked, so that it is sent without the private key', async () => {
  await fetchPdf();
  expect(requests).toMatchObject([{ url: LINK, middlewareData: { isFile: true } }]);
});
