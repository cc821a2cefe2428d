import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { cached, remember, remembered } from './cache.ts';
import { get, unexpectedResponse, type GetOptions } from './client.ts';

/** TutorCruncher's branch object: `id`, `name`, `agency`, `timezone`, ... */
export interface Branch extends JsonObject {
  readonly id: number;
  readonly name: string;
}

const isBranch = (data: unknown): data is Branch =>
  isJsonObject(data) && typeof data.id === 'number' && typeof data.name === 'string' && data.name !== '';

/** Fetches the branch of the connection's key (`GET /api/branch/`); null if TutorCruncher does not provide it. */
export async function fetchBranch(z: ZObject, bundle: Bundle, options: GetOptions = {}): Promise<Branch | null> {
  const branch = await get(z, bundle, 'branch/', {}, { ...options, mayBeMissing: true });
  if (branch === null) return null;
  if (!isBranch(branch)) throw unexpectedResponse(z, 'branch with an id and a name');
  return branch;
}

/**
 * The properties of a branch. Every property is null if TutorCruncher does not provide the branch to the connection's
 * key.
 */
interface BranchFacts {
  /** The id that events contain as `branch`. */
  readonly id: number | null;
  readonly name: string | null;
  /** The name of the time zone as TutorCruncher spells it. */
  readonly timezone: string | null;
  /** An ISO 4217 code such as `GBP`. */
  readonly currency: string | null;
}

const UNKNOWN: BranchFacts = { id: null, name: null, timezone: null, currency: null };

/** Name and lifetime of the cache entry with the last known properties. The properties rarely change. */
const LAST_KNOWN = 'last_known_branch';
const LAST_KNOWN_SECONDS = 30 * 86_400;

/** Returns the properties that were last read, without a request. Unknown properties are null. */
export const lastKnownBranch = async (z: ZObject, bundle: Bundle): Promise<BranchFacts> =>
  (await remembered<BranchFacts>(z, bundle, LAST_KNOWN)) ?? UNKNOWN;

/**
 * Returns the properties of the connection's branch, from the cache if possible.
 *
 * @throws {Error} if the branch is not cached and cannot be read
 */
export const branchFacts = (z: ZObject, bundle: Bundle, options: GetOptions): Promise<BranchFacts> =>
  cached(z, bundle, 'branch', async () => {
    const branch = await get(z, bundle, 'branch/', {}, { ...options, mayBeMissing: true, mayBeForbidden: true });
    // If the key has lost a permission, the properties that were read earlier remain valid.
    if (branch === null) return lastKnownBranch(z, bundle);
    const { id, name, timezone, currency }: JsonObject = isJsonObject(branch) ? branch : {};
    const facts = {
      id: typeof id === 'number' ? id : null,
      name: typeof name === 'string' && name !== '' ? name : null,
      timezone: typeof timezone === 'string' ? timezone : null,
      currency: typeof currency === 'string' ? currency : null,
    };
    await remember(z, bundle, LAST_KNOWN, facts, LAST_KNOWN_SECONDS);
    return facts;
  });

/**
 * Returns the properties of the connection's branch. If the branch cannot be read, returns the last known properties,
 * so that times and amounts look the same in all results. Unknown properties are null.
 */
export const branchFactsOrNone = (
  z: ZObject,
  bundle: Bundle,
  options: Pick<GetOptions, 'timeoutMs'> = {},
): Promise<BranchFacts> => branchFacts(z, bundle, options).catch(() => lastKnownBranch(z, bundle));

/** Returns "branch name (agency name)" for TutorCruncher's branch object; an empty string if the branch has no name. */
export function branchLabel(branch: unknown): string {
  if (!isJsonObject(branch) || typeof branch.name !== 'string') return '';
  const agency = isJsonObject(branch.agency) && typeof branch.agency.name === 'string' ? branch.agency.name : null;
  return agency ? `${branch.name} (${agency})` : branch.name;
}
