/** Calls to TutorCruncher's API. */

import type { ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from './json.ts';

/**
 * Where TutorCruncher's API lives; the only place the private key is ever sent to. Never taken from a payload or from
 * the `next` link of a list.
 *
 * @returns an origin without a trailing slash; `TUTORCRUNCHER_URL` overrides it for local runs
 * @throws {Error} when `TUTORCRUNCHER_URL` is no http(s) URL
 */
export function tutorCruncherOrigin(): string {
  const url = process.env.TUTORCRUNCHER_URL;
  if (!url) return 'https://app.tutorcruncher.com';
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Error('TUTORCRUNCHER_URL is not a URL like http://127.0.0.1:4001. Correct it, or leave it unset.');
  }
  return new URL(url).origin;
}

/**
 * The branch that the connection's key belongs to (`GET /api/branch/`).
 *
 * @returns TutorCruncher's branch object: `id`, `name`, `agency`, ...
 * @throws {Error} with a sentence for the Zap's owner when TutorCruncher doesn't answer with a branch
 */
export async function fetchBranch(z: ZObject): Promise<JsonObject> {
  const response = await z.request(`${tutorCruncherOrigin()}/api/branch/`);
  if (!isJsonObject(response.data)) {
    throw new z.errors.Error(
      'TutorCruncher did not answer with a branch, so the private key could not be checked. Try again in a few minutes.',
    );
  }
  return response.data;
}

/**
 * What a connection is called: "branch name (agency name)".
 *
 * @param branch - TutorCruncher's branch object
 */
export function branchLabel(branch: unknown): string {
  if (!isJsonObject(branch) || typeof branch.name !== 'string') return '';
  const agency = isJsonObject(branch.agency) && typeof branch.agency.name === 'string' ? branch.agency.name : null;
  return agency ? `${branch.name} (${agency})` : branch.name;
}
