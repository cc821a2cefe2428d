/** Routes of the stand-in for TutorCruncher's API, which return a response for the method and path of a request. */

import { recordObjects } from '../../objects/index.ts';
import type { JsonObject } from '../../wire/json.ts';
import { PEOPLE_PATHS, type AccountRecord } from './account.ts';
import type { ApiResponse } from './behaviour.ts';
import { createCreditRequest, writeCharge } from './charges.ts';
import { actionTypes, BRANCH, choiceLists, choiceOf } from './choices.ts';
import { createEnquiry } from './enquiries.ts';
import { decideApplication, writeJob } from './jobs.ts';
import { writeLabel } from './labels.ts';
import { writeLesson } from './lessons.ts';
import { detailOf, isSelected, pageOf, rowOf, unknownFilters } from './lists.ts';
import { writeMember } from './members.ts';
import { metadataOf } from './custom-fields.ts';
import { createSkill, inOlderShape, writePerson } from './people.ts';
import { errorsAsText, Refused } from './refusal.ts';
import type { Write } from './write.ts';

/** A request whose key has been checked and whose body has been read. */
interface RoutedRequest extends Write {
  readonly method: string;
  readonly url: URL;
}

const NOT_FOUND: ApiResponse = [404, { detail: 'Not found.' }];
const METHOD_NOT_ALLOWED: ApiResponse = [405, { detail: 'Method not allowed.' }];

/**
 * Lists whose unpaid records accept a POST to `send_reminder/`. The stand-in describes the POST, but sends no reminder.
 */
const WITH_REMINDERS: ReadonlySet<string> = new Set(['invoices', 'proforma-invoices']);
const REMINDERS: ApiResponse = [200, { name: 'Send reminder', actions: { POST: {} } }, { Allow: 'POST, OPTIONS' }];

/** Types of records that a label can be limited to, in the words of the API. */
const LABELLED_TYPES = ['client', 'recipient', 'contractor', 'agent', 'service'];

/** Lists whose rows have all fields of the records, so that the API provides no details. */
const COMPLETE_LISTS = new Set(recordObjects.flatMap(({ api }) => (api?.hasFullRows ? [api.path] : [])));

const isPeople = (path: string): boolean => PEOPLE_PATHS.includes(path);

const shaped = ({ behaviour }: RoutedRequest, record: JsonObject, path: string): JsonObject =>
  behaviour.isOlderShape && isPeople(path) ? inOlderShape(record) : record;

function readList(request: RoutedRequest, path: string): ApiResponse {
  const { account, behaviour, url } = request;
  const fixed = choiceLists.get(path);
  if (fixed) return pageOf(url, fixed, behaviour);
  if (!account.has(path)) return NOT_FOUND;
  const unknown = behaviour.refusesUnknownFilters ? unknownFilters(path, url.searchParams) : [];
  if (unknown.length > 0) return [400, Object.fromEntries(unknown.map((name) => [name, ['Unknown filter.']]))];
  const rows = account
    .list(path)
    .filter((record) => behaviour.ignoresFilters || isSelected(path, record, url.searchParams, behaviour));
  return pageOf(url, behaviour.listsOldestFirst ? rows.toReversed() : rows, behaviour, (record) =>
    shaped(request, rowOf(path, account.current(path, record)), path),
  );
}

function readDetail(request: RoutedRequest, path: string, id: string): ApiResponse {
  const label = path === 'labels' ? choiceOf(path, id) : null;
  if (label) return [200, { ...label, applicable_role_types: LABELLED_TYPES }];
  const { account } = request;
  const record = COMPLETE_LISTS.has(path) ? null : account.find(path, id);
  return record
    ? [200, shaped(request, detailOf(path, account.current(path, record), request.behaviour), path)]
    : NOT_FOUND;
}

/** Writes a whole record. Returns null if the API does not allow the write. */
function writeRecord(request: RoutedRequest, path: string, existing: AccountRecord | null): JsonObject | null {
  if (request.method !== (existing && !isPeople(path) ? 'PUT' : 'POST')) return null;
  if (isPeople(path)) return writePerson(request, path, existing);
  if (path === 'services') return writeJob(request, existing);
  if (path === 'adhoccharges') return writeCharge(request, existing);
  if (path === 'appointments') return writeLesson(request, existing);
  return path === 'proforma-invoices' && !existing ? createCreditRequest(request) : null;
}

/** Writes to a path below a record, such as `clients/12/add_label/`. Returns null if the API has no such path. */
function writeBelow(request: RoutedRequest, path: string, record: AccountRecord, action: string): JsonObject | null {
  const label = /^(add|remove)_label$/.exec(action);
  if (label && (path === 'services' || isPeople(path))) return writeLabel(request, path, record, label[1] === 'add');
  const member = /^(recipient|contractor)\/(add|remove)$/.exec(action);
  if (member && (path === 'services' || path === 'appointments')) {
    return writeMember(request, path, record, member[1] ?? '', member[2] === 'add');
  }
  const isDecision = path === 'tenders' && (action === 'accept' || action === 'reject');
  return isDecision ? decideApplication(request, record, action === 'accept') : null;
}

function written(request: RoutedRequest, path: string, result: JsonObject | null, otherwise: ApiResponse): ApiResponse {
  if (!result) return otherwise;
  const record = detailOf(path, result, request.behaviour);
  const isOlderShape = request.behaviour.isOlderShape && isPeople(path);
  return [200, isOlderShape ? { status: 'success', role: inOlderShape(record) } : record];
}

/** The handlers of paths without records, keyed by path and method. */
const SPECIAL: Readonly<Record<string, Readonly<Record<string, (request: RoutedRequest) => unknown>>>> = {
  branch: { GET: () => BRANCH },
  'action-types': { GET: actionTypes },
  enquiry: { POST: createEnquiry, OPTIONS: ({ behaviour }) => metadataOf('enquiry', behaviour) },
  'contractor-skills': { POST: createSkill },
};

function route(request: RoutedRequest): ApiResponse {
  const { method, url, account, behaviour } = request;
  // Most clients follow this redirect with GET, so a write to a path without its final slash has no effect.
  if (!url.pathname.endsWith('/')) return [301, null, { Location: `${url.pathname}/${url.search}` }];
  const [, path = '', id, action] = /^\/api\/([a-z_-]+)\/(?:(\d+)\/(?:([a-z_/]+)\/)?)?$/.exec(url.pathname) ?? [];
  if (id === undefined) {
    const special = SPECIAL[path];
    if (special) return special[method] ? [200, special[method](request)] : METHOD_NOT_ALLOWED;
    if (method === 'GET') return readList(request, path);
    if (!account.has(path)) return choiceLists.has(path) ? METHOD_NOT_ALLOWED : NOT_FOUND;
    if (method === 'OPTIONS') return [200, metadataOf(path, behaviour)];
    return written(request, path, writeRecord(request, path, null), METHOD_NOT_ALLOWED);
  }
  if (action === undefined && method === 'GET') return readDetail(request, path, id);
  const record = account.find(path, id);
  if (!record) return NOT_FOUND;
  if (action === undefined) return written(request, path, writeRecord(request, path, record), METHOD_NOT_ALLOWED);
  if (method === 'OPTIONS' && action === 'send_reminder' && WITH_REMINDERS.has(path)) return REMINDERS;
  if (method !== 'POST') return METHOD_NOT_ALLOWED;
  return written(request, path, writeBelow(request, path, record, action), NOT_FOUND);
}

/** Returns the response to a request. */
export function respond(request: RoutedRequest): ApiResponse {
  try {
    return route(request);
  } catch (error) {
    if (error instanceof Refused) {
      return [400, request.behaviour.errorsAsText ? errorsAsText(error.errors) : error.errors];
    }
    throw error;
  }
}
