/** The download of a PDF: time and size limits, redirects, and the check that the contents are a PDF. */

import type { Bundle, RawHttpResponse, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { get, isNetworkError } from '../api/client.ts';
import { tutorCruncherOrigin } from '../api/origin.ts';
import { rowId } from '../api/rows.ts';

/**
 * Time limit for reading the record and the file, in milliseconds. The rest of Zapier's 30 seconds is for storing the
 * file.
 */
const FETCH_MS = 25_000;
/** Time limit for reading the record, in milliseconds. */
const RECORD_MS = 20_000;
/** Minimum time for a request, in milliseconds. If less time is left, no request is sent. */
const MIN_MS = 300;
/** Maximum size of a file in bytes. The step holds the file in memory. Invoices are rarely larger than 1 MB. */
const MAX_BYTES = 100_000_000;
const MAX_REDIRECTS = 5;

/** Advice for a temporary problem. */
export const REPLAY = 'Replay this run in a few minutes.';
/** Advice for a problem that only TutorCruncher can solve. */
export const SUPPORT = "If this persists, ask TutorCruncher's support.";

/** A download of the PDF of one record. */
export class PdfDownload {
  readonly #z: ZObject;
  readonly #noun: string;
  readonly #end = Date.now() + FETCH_MS;

  /** @param noun - the name of the record, for use within a sentence */
  constructor(z: ZObject, noun: string) {
    this.#z = z;
    this.#noun = noun;
  }

  /** Returns the error for a file that cannot be fetched. @param advice - the cause, and what to do */
  error(advice: string): Error {
    return new this.#z.errors.Error(`The PDF of this ${this.#noun} cannot be fetched. ${advice}`, 'FileError');
  }

  /** Returns the milliseconds that the next request can take. @throws {Error} if the time is up */
  #timeLeft(): number {
    const left = this.#end - Date.now();
    if (left >= MIN_MS) return left;
    throw this.error(`TutorCruncher responded too slowly. ${REPLAY}`);
  }

  /**
   * Reads the record that contains the link.
   *
   * @throws {Error} if the record does not exist, or if the response contains a different record
   */
  async record(bundle: Bundle, list: string, id: string): Promise<JsonObject> {
    const timeoutMs = Math.min(RECORD_MS, this.#timeLeft());
    const consequence =
      `The PDF of this ${this.#noun} could not be fetched. TutorCruncher creates the PDF at the first request, which can take some time. ` +
      'Replay this run in a few minutes.';
    const found = await get(this.#z, bundle, `${list}/${id}/`, {}, { mayBeMissing: true, timeoutMs, consequence });
    if (isJsonObject(found)) {
      // Another record's PDF could be sent to the wrong family.
      if (rowId(found) === id) return found;
      throw this.error(`TutorCruncher responded with another record, or with none. ${REPLAY} ${SUPPORT}`);
    }
    throw this.error(
      `The ${this.#noun} does not exist, or no longer exists, in the branch of this connection. Check in TutorCruncher whether it ` +
        'was deleted, and whether the connection belongs to its branch.',
    );
  }

  /**
   * Requests a link without the private key, and follows redirects.
   *
   * @throws {Error} with a message for the Zap's owner
   */
  async response(link: string): Promise<RawHttpResponse> {
    let url = link;
    for (let count = 0; count <= MAX_REDIRECTS; count++) {
      // The demo's stand-in for TutorCruncher uses HTTP.
      if (!URL.canParse(url) || !['https:', new URL(tutorCruncherOrigin()).protocol].includes(new URL(url).protocol)) {
        throw this.error(`TutorCruncher's link to the file does not begin with https://. ${SUPPORT}`);
      }
      const response = await this.#request(url);
      const location = response.getHeader('location');
      if (response.status < 300 || response.status >= 400 || !location) return response;
      url = URL.canParse(location, url) ? new URL(location, url).href : location;
    }
    throw this.error(`TutorCruncher's link to the file redirects too many times. ${REPLAY} ${SUPPORT}`);
  }

  async #request(url: string): Promise<RawHttpResponse> {
    const timeout = this.#timeLeft();
    const options = {
      raw: true as const,
      redirect: 'manual' as const,
      skipThrowForStatus: true,
      size: MAX_BYTES,
      timeout,
      signal: AbortSignal.timeout(timeout),
      middlewareData: { isFile: true },
    };
    return this.#explained(this.#z.request(url, options));
  }

  /** Waits for a result of the HTTP client. @throws {Error} with a message that does not contain the link */
  async #explained<T>(result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      if (!isNetworkError(error)) throw error;
      if ('type' in error && error.type === 'max-size') {
        throw this.error('The file is larger than 100 MB, which is too large for a Zap. Send the file by hand.');
      }
      throw this.error(`The host of the file did not respond in time, or the connection broke. ${REPLAY}`);
    }
  }

  /** Returns the file in a response. @throws {Error} if the file is not a PDF */
  async pdfIn(response: RawHttpResponse): Promise<Buffer> {
    const bytes = await this.#explained(response.buffer());
    if (bytes.length === 0) throw this.error(`The file is empty. ${REPLAY} ${SUPPORT}`);
    if (bytes.subarray(0, 1024).includes('%PDF-')) return bytes;
    const found = /^\s*</.test(bytes.subarray(0, 100).toString()) ? 'a web page' : 'another kind of file';
    throw this.error(`TutorCruncher's link leads to ${found} instead of a PDF. ${REPLAY} ${SUPPORT}`);
  }
}
