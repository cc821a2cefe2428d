/** PDF files of the stand-in's account. Links to the files expire, like links to Amazon S3. */

import type { ApiResponse } from './behaviour.ts';

const FOLDER = '/files';

/** A request that the host of the files received. */
interface FileRequest {
  readonly path: string;
  readonly authorization: string | undefined;
}

/** The files of an account. A test can change the settings between two requests. */
export class Files {
  /** Seconds after which a link expires. */
  linkSeconds = 60;
  /**
   * Called before each request for a file. Returns a response to send instead of the file, or null to send the file.
   */
  intercept: (request: FileRequest) => ApiResponse | null = () => null;
  readonly requests: FileRequest[] = [];
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Returns a link to the PDF of a record. @param path - the path of the record's list */
  linkTo(path: string, id: number): string {
    const pathname = `${FOLDER}/${path}/${id}.pdf`;
    const expires = Math.floor(Date.now() / 1000) + this.linkSeconds;
    return `${this.#origin}${pathname}?Expires=${expires}`;
  }

  respond(url: URL, authorization: string | undefined): ApiResponse | null {
    const { pathname, search, searchParams } = url;
    if (!pathname.startsWith(`${FOLDER}/`)) return null;
    const request = { path: `${pathname}${search}`, authorization };
    this.requests.push(request);
    const intercepted = this.intercept(request);
    if (intercepted) return intercepted;
    if (Number(searchParams.get('Expires')) * 1000 <= Date.now()) {
      return [403, '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'];
    }
    return [200, Buffer.from(`%PDF-1.4\n% ${pathname}\n%%EOF\n`), { 'Content-Type': 'application/pdf' }];
  }
}
