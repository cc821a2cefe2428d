/** Responses of the stand-in for TutorCruncher's API. */

/** The status, the JSON of the body (or the text of a web page, or the bytes of a file) and additional headers. */
export type ApiResponse = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>];

export const NOT_FOUND: ApiResponse = [404, { detail: 'Not found.' }];

export const METHOD_NOT_ALLOWED: ApiResponse = [405, { detail: 'Method not allowed.' }];

/**
 * Returns the response for a request whose fields TutorCruncher does not accept.
 *
 * @param errors - by field, in the format of Django REST framework. Errors in lists of people are nested
 */
export const badRequest = (errors: Readonly<Record<string, unknown>>): ApiResponse => [400, errors];
