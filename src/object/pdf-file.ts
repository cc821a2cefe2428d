/**
 * PDF files of invoices, credit requests and payment orders. A record contains a reference to the file. Zapier calls
 * the hydrator when a later step uses the reference, perhaps hours later. TutorCruncher's links to files are signed and
 * expire after a short time, so the hydrator reads the record again for a new link. TutorCruncher creates a PDF when
 * the record is first requested, so the first read takes longer (TutorCruncher's API docs, "invoice object").
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { JsonObject } from '../../wire/json.ts';
import { OBJECT_NAMES } from '../../wire/models.ts';
import { idOf } from '../api/record-id.ts';
import type { FlatRecord } from '../record/record.ts';
import { PdfDownload, REPLAY, SUPPORT } from './pdf-download.ts';

/** API paths of the lists whose objects have a PDF, by the key word of the object. */
const PDF_LISTS = {
  invoice: 'invoices',
  credit_request: 'proforma-invoices',
  payment_order: 'payment-orders',
} as const;

type PdfWord = keyof typeof PDF_LISTS;

const hasPdf = (word: unknown): word is PdfWord => typeof word === 'string' && Object.hasOwn(PDF_LISTS, word);

/** Pause before a record without a link is read again, in milliseconds. */
const PAUSE_MS = 2_000;
/** Characters that file systems or Zapier do not accept in the name of a file. */
const NOT_IN_NAMES = /[\\/:*?"<>|\p{Cc}]+/gu;

/**
 * Fetches a PDF, stores the file at Zapier, and returns the URL of the stored file. If the record has no link yet, or
 * if the file's host refuses the link, the record is read once more.
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
  const download = new PdfDownload(z, OBJECT_NAMES[word].toLowerCase());
  for (let isRepeated = false; ; isRepeated = true) {
    const { pdf_url: link, display_id: number } = await download.record(bundle, PDF_LISTS[word], digits);
    if (typeof link !== 'string' || link === '') {
      if (isRepeated) {
        throw download.error(`TutorCruncher has not created it yet. ${REPLAY} A draft has no PDF until it is raised.`);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      continue;
    }
    const response = await download.response(link);
    if (response.status === 200) {
      const bytes = await download.pdfIn(response);
      const name = `${OBJECT_NAMES[word]} ${typeof number === 'string' && number !== '' ? number : digits}`;
      // `stashFile` returns a promise, although its declared return type is not a promise.
      const stored = z.stashFile(bytes, bytes.length, `${name.replace(NOT_IN_NAMES, '-')}.pdf`, 'application/pdf');
      return Promise.resolve(stored);
    }
    if (isRepeated) {
      throw download.error(
        `The host of the file refused the link (HTTP status ${response.status}). ${REPLAY} ${SUPPORT}`,
      );
    }
  }
}

/**
 * Hydrators by key. A reference to a file contains the key, and Zaps keep references, so a key must never be renamed.
 */
export const hydrators = { pdf: fetchPdf };

/** Returns a reference to the PDF of a record for a field such as `invoice_pdf`; null if the record has no id. */
export function pdfReference(z: ZObject, record: FlatRecord, key: string): string | null {
  const word = key.slice(0, -'_pdf'.length);
  const id = idOf(record[`${word}_id`]);
  return id === null || !hasPdf(word) ? null : z.dehydrateFile(fetchPdf, { object: word, id });
}
