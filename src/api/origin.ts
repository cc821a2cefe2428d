/** The origin of TutorCruncher's API, the only origin to which the private key is sent. */

import type { HttpRequestOptions } from 'zapier-platform-core';

const NO_URL = { protocol: '', hostname: '', origin: '' };
const THIS_MACHINE: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost']);

/**
 * Returns the origin of TutorCruncher's API, without a trailing slash. The private key is sent only to this origin, so
 * the origin never comes from a payload or from the `next` link of a list. `TUTORCRUNCHER_URL` overrides the origin,
 * for local runs and for agencies whose keys work only on a separate host.
 *
 * @throws {Error} if `TUTORCRUNCHER_URL` is neither an HTTPS URL nor an HTTP URL of this machine
 */
export function tutorCruncherOrigin(): string {
  const url = process.env.TUTORCRUNCHER_URL;
  // The `getAuthTemplate` command of zapier-platform-core sets all environment variables to a placeholder.
  if (!url || url.startsWith('__placeholder_env__')) return 'https://app.tutorcruncher.com';
  const { protocol, hostname, origin } = URL.canParse(url) ? new URL(url) : NO_URL;
  // Over HTTP, other users of the network could read the private key.
  if (protocol !== 'https:' && !(protocol === 'http:' && THIS_MACHINE.has(hostname))) {
    throw new Error(
      'TUTORCRUNCHER_URL is not a URL that starts with https://, such as https://app.tutorcruncher.com. Correct or unset it.',
    );
  }
  return origin;
}

const isOwnUrl = (url: string | undefined): boolean =>
  url !== undefined && URL.canParse(url) && new URL(url).origin === tutorCruncherOrigin();

/**
 * Returns true for a request to TutorCruncher's API. Requests for files are excluded, because the link to a file
 * contains its own signature.
 */
export const isForApi = ({ url, middlewareData }: HttpRequestOptions): boolean =>
  isOwnUrl(url) && middlewareData?.isFile !== true;
