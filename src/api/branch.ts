/** The branch that a connection belongs to. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { get, unexpectedResponse } from './client.ts';

/**
 * Fetches the branch of the connection's key (`GET /api/branch/`).
 *
 * @returns TutorCruncher's branch object: `id`, `name`, `agency`, ...
 * @throws {Error} with a message for the Zap's owner
 */
export async function fetchBranch(z: ZObject, bundle: Bundle): Promise<JsonObject> {
  const branch = await get(z, bundle, 'branch/');
  if (!isJsonObject(branch)) throw unexpectedResponse(z, 'branch');
  return branch;
}

/**
 * Returns the label of a connection: "branch name (agency name)".
 *
 * @param branch - TutorCruncher's branch object
 * @returns an empty string if the branch has no name
 */
export function branchLabel(branch: unknown): string {
  if (!isJsonObject(branch) || typeof branch.name !== 'string') return '';
  const agency = isJsonObject(branch.agency) && typeof branch.agency.name === 'string' ? branch.agency.name : null;
  return agency ? `${branch.name} (${agency})` : branch.name;
}
