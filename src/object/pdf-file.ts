/**
 * PDF files of invoices, credit requests and payment orders. A record contains a reference to the file, and Zapier
 * calls the hydrator when a later step uses it, perhaps hours later. TutorCruncher's links to files are signed and
 * expire after a short time, so the hydrator reads the record again for a fresh link. TutorCruncher creates a PDF when
 * the record is first requested, which takes longer (TutorCruncher's API docs, "invoice object").
 */

import type { Bundle, RawHttpResponse, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { OBJECT_NAMES } from '../../wire/models.ts';
import { get, isNetworkError } from '../api/client.ts';
import { tutorCruncherOrigin } from '../api/origin.ts';
import { idOf } from '../api/record-id.ts';
import { rowId } from '../api/rows.ts';
import type { FlatRecord } from '../record/record.ts';

/** The lists of the objects that have a PDF, by the key words of the objects. */
const PDF_LISTS = {
  invoice: 'invoices',
  credit_request: 'proforma-invoices',
  payment_order: 'payment-orders',
} as const;

type PdfWord = keyof typeof PDF_LISTS;

const hasPdf = (word: unknown): word is PdfWord => typeof word === 'string' && Object.hasOwn(PDF_LISTS, word);

/** Time limit for the record and its file, in milliseconds. The rest of Zapier's 30 seconds is for storing the file. */
const FETCH_MS = 25_000;
const RECORD_MS = 20_000;
const PAUSE_MS = 2_000;
const MIN_MS = 300;
/** Maximum size of a file, which is held in memory. Invoices rarely have more than 1 MB. */
const MAX_BYTES = 100_000_000;
const MAX_REDIRECTS = 5;
/** Characters that file systems or Zapier do not accept in the name of a file. */
const NOT_IN_NAMES = /[\\/:*?"<>|\p{Cc}]+/gu;

const REPLAY = 'Replay this run in a few minutes.';
const SUPPORT = "If this persists, ask TutorCruncher's support.";

class Fetch {
  readonly #z: ZObject;
  readonly #noun: string;
  readonly #end = Date.now() + FETCH_MS;

  constructor(z: ZObject, word: PdfWord) {
    this.#z = z;
    this.#noun = OBJECT_NAMES[word].toLowerCase();
  }

  /** Returns the error for a file that cannot be fetched. @param advice - the cause, and what to do */
  error(advice: string): Error {
    return new this.#z.errors.Error(`The PDF of this ${this.#noun} cannot be fetched. ${advice}`, 'FileError');
  }

  /** Milliseconds that the next request may take. @throws {Error} if the time is up */
  timeLeft(): number {
    const left = this.#end - Date.now();
    if (left >= MIN_MS) return left;
    throw this.error(`TutorCruncher responded too slowly. ${REPLAY}`);
  }

  async record(bundle: Bundle, list: string, id: string): Promise<JsonObject> {
    const timeoutMs = Math.min(RECORD_MS, this.timeLeft());
    const consequence =
      `The PDF of this ${this.#noun} could not be fetched. TutorCruncher creates it at the first request, which can take long, ` +
      'so replay this run afterwards.';
    const found = await get(this.#z, bundle, `${list}/${id}/`, {}, { mayBeMissing: true, timeoutMs, consequence });
    if (isJsonObject(found)) {
      // The PDF of another record could go to a wrong family.
      if (rowId(found) === id) return found;
      throw this.error(`TutorCruncher responded with another record, or with none. ${REPLAY} ${SUPPORT}`);
    }
    throw this.error(
      `The ${this.#noun} does not exist, or no longer exists, in the branch of this connection. Check in TutorCruncher whether it ` +
        'was deleted, and whether the connection belongs to its branch.',
    );
  }

  /**
   * Requests a link without the private key, and follows redirects. @throws {Error} with a message for the Zap's owner
   */
  async response(link: string): Promise<RawHttpResponse> {
    let url = link;
    for (let count = 0; count <= MAX_REDIRECTS; count++) {
      // In a local run, TutorCruncher's stand-in uses HTTP.
      if (!URL.canParse(url) || !['https:', new URL(tutorCruncherOrigin()).protocol].includes(new URL(url).protocol)) {
        throw this.error(`TutorCruncher's link to the file does not begin with https://. ${SUPPORT}`);
      }
      const response = await this.#request(url);
      const location = response.getHeader('location');
      if (response.status < 300 || response.status >= 400 || !location) return response;
      url = URL.canParse(location, url) ? new URL(location, url).href : location;
    }
    throw this.error(
      `TutorCruncher's link to the file leads from one address to another without an end. ${REPLAY} ${SUPPORT}`,
    );
  }

  async #request(url: string): Promise<RawHttpResponse> {
    const timeout = this.timeLeft();
    const options = {
      raw: true as const,
      redirect: 'manual' as const,
      skipThrowForStatus: true,
      size: MAX_BYTES,
      timeout,
      signal: AbortSignal.timeout(timeout),
      middlewareData: { isFile: true },
    };
    return this.explained(this.#z.request(url, options));
  }

  /** Returns a result of the HTTP client. @throws {Error} with a message that does not contain the link */
  async explained<T>(result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      if (!isNetworkError(error)) throw error;
      if ('type' in error && error.type === 'max-size') {
        throw this.error('The file has more than 100 MB, which is too large for a Zap. Send it yourself.');
      }
      throw this.error(`The host of the file did not respond in time, or the connection broke. ${REPLAY}`);
    }
  }

  async pdfIn(response: RawHttpResponse): Promise<Buffer> {
    const bytes = await this.explained(response.buffer());
    if (bytes.length === 0) throw this.error(`The file is empty. ${REPLAY} ${SUPPORT}`);
    if (bytes.subarray(0, 1024).includes('%PDF-')) return bytes;
    const found = /^\s*</.test(bytes.subarray(0, 100).toString()) ? 'a web page' : 'another kind of file';
    throw this.error(`TutorCruncher's link leads to ${found} instead of a PDF. ${REPLAY} ${SUPPORT}`);
  }
}

/**
 * Fetches a PDF, stores it at Zapier, and returns its URL. If the record has no link yet, or if the file's host refuses
 * the link, the record is read once more.
 *
 * @throws {Error} with a message for the Zap's owner
 */
async function fetchPdf(z: ZObject, bundle: Bundle): Promise<string> {
  const { object: word, id }: JsonObject = bundle.inputData;
  const digits = idOf(id);
  if (!hasPdf(word) || digits === null) {
    throw new z.errors.Error(
      'This reference to a file is incomplete. Test the step that provides it again.',
      'FileError',
    );
  }
  const fetch = new Fetch(z, word);
  for (let isRepeated = false; ; isRepeated = true) {
    const { pdf_url: link, display_id: number } = await fetch.record(bundle, PDF_LISTS[word], digits);
    if (typeof link !== 'string' || link === '') {
      if (isRepeated) {
        throw fetch.error(`TutorCruncher has not created it yet. ${REPLAY} A draft has no PDF until it is raised.`);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      continue;
    }
    const response = await fetch.response(link);
    if (response.status === 200) {
      const bytes = await fetch.pdfIn(response);
      const name = `${OBJECT_NAMES[word]} ${typeof number === 'string' && number !== '' ? number : digits}`;
      // `stashFile` returns a promise, which its types do not declare.
      const stored = z.stashFile(bytes, bytes.length, `${name.replace(NOT_IN_NAMES, '-')}.pdf`, 'application/pdf');
      return Promise.resolve(stored);
    }
    if (isRepeated) {
      throw fetch.error(`The host of the file refused the link (HTTP status ${response.status}). ${REPLAY} ${SUPPORT}`);
    }
  }
}

/** Functions that Zapier calls when a step uses a file. Zaps keep their keys in references to files. */
export const hydrators = { pdf: fetchPdf };

/** Returns a reference to the PDF of a record by a key such as `invoice_pdf`; null if the record has no id. */
export function pdfReference(z: ZObject, record: FlatRecord, key: string): string | null {
  const word = key.slice(0, -'_pdf'.length);
  const id = idOf(record[`${word}_id`]);
  return id === null || !hasPdf(word) ? null : z.dehydrateFile(fetchPdf, { object: word, id });
}
