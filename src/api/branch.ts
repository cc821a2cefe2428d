/** The branch that a connection belongs to. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { cached } from './cache.ts';
import { get, unexpectedResponse, type GetOptions } from './client.ts';

/** TutorCruncher's branch object: `id`, `name`, `agency`, `timezone`, ... */
export interface Branch extends JsonObject {
  readonly id: number;
  readonly name: string;
}

const isBranch = (data: unknown): data is Branch =>
  isJsonObject(data) && typeof data.id === 'number' && typeof data.name === 'string' && data.name !== '';

/**
 * Fetches the branch of the connection's key (`GET /api/branch/`).
 *
 * @returns null if TutorCruncher does not provide the branch, as on hosts with an older API
 * @throws {Error} with a message for the Zap's owner
 */
export async function fetchBranch(z: ZObject, bundle: Bundle, options: GetOptions = {}): Promise<Branch | null> {
  const branch = await get(z, bundle, 'branch/', {}, { ...options, mayBeMissing: true });
  if (branch === null) return null;
  if (!isBranch(branch)) throw unexpectedResponse(z, 'branch with an id and a name');
  return branch;
}

/**
 * Returns the id of the connection's branch, which events contain as `branch`. The result is cached.
 *
 * @returns null if the branch is unknown; a Zap can be built without it
 */
export async function branchIdOrNull(z: ZObject, bundle: Bundle): Promise<number | null> {
  try {
    const { id } = await cached(z, bundle, 'branch_id', async () => ({
      id: (await fetchBranch(z, bundle))?.id ?? null,
    }));
    return id;
  } catch {
    return null;
  }
}

/**
 * Returns a text that names a branch: "branch name (agency name)".
 *
 * @param branch - TutorCruncher's branch object
 * @returns an empty string if the branch has no name
 */
export function branchLabel(branch: unknown): string {
  if (!isJsonObject(branch) || typeof branch.name !== 'string') return '';
  const agency = isJsonObject(branch.agency) && typeof branch.agency.name === 'string' ? branch.agency.name : null;
  return agency ? `${branch.name} (${agency})` : branch.name;
}
