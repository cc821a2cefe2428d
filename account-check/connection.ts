/** Checks the connection: the host, the private key, the branch, and paths without a trailing slash. */

import { isKeyRejected } from '../src/api/error-response.ts';
import { timeZoneNamed } from '../src/record/time-zone.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import type { AccountCheck } from './account.ts';
import { FieldForms, type ReportedForms } from './forms.ts';
import { isRefusal } from './refusal.ts';
import type { Answer } from './send-read.ts';

/** The section of the report about the connection. */
export interface ConnectionFacts {
  readonly host: 'standard' | 'other';
  readonly wrongKeyStatus: number;
  readonly withoutSlashStatus: number;
  readonly branch: ReportedForms;
  /** The known response headers about request limits. `other` stands for unknown headers. */
  readonly limitHeaders: string[];
}

const STANDARD_ORIGIN = 'https://app.tutorcruncher.com';

/** A key that belongs to no integration. */
const WRONG_KEY = '0'.repeat(40);

const isCurrency = (value: unknown): boolean => typeof value === 'string' && /^[A-Z]{3}$/.test(value);
const isZone = (value: unknown): boolean => typeof value === 'string' && timeZoneNamed(value) !== null;
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** Returns the names of the branch fields that the app needs but that are missing or invalid. */
function faultsOf({ id, name, agency, timezone, currency }: JsonObject): string[] {
  return [
    ...(Number.isInteger(id) ? [] : ['id']),
    ...(isText(name) ? [] : ['name']),
    ...(isJsonObject(agency) && isText(agency.name) ? [] : ['agency']),
    ...(isZone(timezone) ? [] : ['timezone']),
    ...(isCurrency(currency) ? [] : ['currency']),
  ];
}

/** Headers with the number of remaining requests, or with the time after which a request can be repeated. */
export const LIMIT_HEADERS: readonly string[] = [
  ...['retry-after', 'ratelimit', 'ratelimit-policy', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'],
  ...['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
];

/** Returns the names of the response headers about request limits. */
export const limitHeadersIn = (names: Iterable<string>): string[] => [
  ...new Set(
    [...names]
      .filter((name) => LIMIT_HEADERS.includes(name) || /rate-?limit|throttl/.test(name))
      .map((name) => (LIMIT_HEADERS.includes(name) ? name : 'other')),
  ),
];

/** Reads the branch, and adds the verdict on the plan. @throws {Unfinished} if the key is refused */
async function readBranch({ reader, findings }: AccountCheck): Promise<Answer> {
  const addPlan = (isMet: boolean | null) => {
    findings.add('access.plan', isMet, 'branch');
  };
  try {
    const branch = await reader.get('branch/');
    addPlan(isRefusal(branch) ? false : branch.status === 200 ? true : null);
    return branch;
  } catch (error) {
    // A rejected key may have been mistyped, so the rejection provides no information about the plan.
    if (reader.refusal !== null) addPlan(isKeyRejected(reader.refusal) ? null : false);
    throw error;
  }
}

/** Checks the connection. @throws {Unfinished} if the key is refused */
export async function checkConnection(check: AccountCheck): Promise<ConnectionFacts> {
  const { reader, findings } = check;
  const branch = await readBranch(check);
  const isStandard = reader.origin === STANDARD_ORIGIN;
  findings.add('api.host', isStandard ? branch.status === 200 : null, 'branch');
  findings.add('api.key', branch.status !== 403, 'branch');
  const { id }: JsonObject = isJsonObject(branch.data) ? branch.data : {};
  if (typeof id === 'number') check.branchId = id;
  const faults = isJsonObject(branch.data) ? faultsOf(branch.data) : ['branch'];
  findings.add('api.branch', faults.length === 0, faults.join(', '));

  const refused = await reader.probe('branch/', WRONG_KEY);
  findings.add('api.key-refused', isKeyRejected(refused), 'branch');
  const withoutSlash = await reader.probe('branch');
  findings.add('api.redirect', withoutSlash.status >= 300 && withoutSlash.status < 400, 'branch');
  return {
    host: isStandard ? 'standard' : 'other',
    wrongKeyStatus: refused.status,
    withoutSlashStatus: withoutSlash.status,
    branch: new FieldForms(...(isJsonObject(branch.data) ? [branch.data] : [])).toReport(),
    limitHeaders: [],
  };
}

/** Checks that no response had a header about request limits. Returns the names of such headers. */
export function checkHeaders({ reader, findings }: AccountCheck): string[] {
  const names = limitHeadersIn(reader.headerNames);
  findings.add('limits.headers', names.length === 0, names.join(', '));
  return names;
}
