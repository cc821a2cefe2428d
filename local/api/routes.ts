/** Routes of the stand-in for TutorCruncher's API, which return a response for the method and path of a request. */

import type { JsonObject } from '../../wire/json.ts';
import { PEOPLE_PATHS, type AccountRecord } from './account.ts';
import { actionTypes } from './action-types.ts';
import { decideApplication } from './applications.ts';
import { writeCharge } from './charges.ts';
import { BRANCH, choiceDetail, choiceLists } from './choices.ts';
import { createCreditRequest } from './credit-requests.ts';
import { createEnquiry } from './enquiries.ts';
import { writeJob } from './jobs.ts';
import { writeLabel } from './labelling.ts';
import { createLesson, updateLesson } from './lessons.ts';
import { detailOf, isSelected, pageOf, rowOf } from './lists.ts';
import { writeMember } from './member-writes.ts';
import { metadataOf } from './custom-fields.ts';
import { inOlderShape, writePerson } from './people.ts';
import { METHOD_NOT_ALLOWED, NOT_FOUND, type ApiResponse } from './response.ts';
import { createSkill } from './skills.ts';
import type { Write } from './write.ts';

/** A request whose key has been checked and whose body has been read. */
export interface RoutedRequest extends Write {
  readonly method: string;
  readonly url: URL;
  /** Lists whose details cannot be read. */
  readonly completeLists: ReadonlySet<string>;
  /** The id for the next enquiry. */
  readonly nextEnquiryId: () => number;
}

function readList({ account, behaviour, url }: RoutedRequest, path: string): ApiResponse {
  const fixed = choiceLists.get(path);
  if (fixed) return pageOf(url, fixed);
  const records = account.list(path);
  if (!records) return NOT_FOUND;
  const found = behaviour.ignoresFilters
    ? records
    : records.filter((record) => isSelected(path, record, url.searchParams));
  return pageOf(
    url,
    found.map((record) => shaped(rowOf(path, account.current(path, record)), path, behaviour.isOlderShape)),
  );
}

const shaped = (record: JsonObject, path: string, isOlderShape: boolean): JsonObject =>
  isOlderShape && PEOPLE_PATHS.includes(path) ? inOlderShape(record) : record;

function readDetail({ account, behaviour, completeLists }: RoutedRequest, path: string, id: string): ApiResponse {
  const record = completeLists.has(path) ? null : account.find(path, id);
  if (!record) return choiceDetail(path, id) ?? NOT_FOUND;
  return [200, shaped(detailOf(path, account.current(path, record)), path, behaviour.isOlderShape)];
}

/** Response to a write of a whole record; null if the API does not allow the write. */
function writeRecord(request: RoutedRequest, path: string, existing: AccountRecord | null): ApiResponse | null {
  const { method } = request;
  const isUpdate = existing !== null;
  if (PEOPLE_PATHS.includes(path)) return method === 'POST' ? writePerson(request, path, existing) : null;
  if (method !== (isUpdate ? 'PUT' : 'POST')) return null;
  if (path === 'services') return writeJob(request, existing);
  if (path === 'adhoccharges') return writeCharge(request, existing);
  if (path === 'proforma-invoices') return isUpdate ? null : createCreditRequest(request);
  if (path === 'appointments') return isUpdate ? updateLesson(request, existing) : createLesson(request);
  return null;
}

/** Response to a write below a record, such as `clients/12/add_label/`; null if there is no such path. */
function writeBelow(request: RoutedRequest, path: string, record: AccountRecord, action: string): ApiResponse | null {
  const label = /^(add|remove)_label$/.exec(action);
  if (label && (path === 'services' || PEOPLE_PATHS.includes(path))) {
    return writeLabel(request, path, record, label[1] === 'add');
  }
  const member = /^(recipient|contractor)\/(add|remove)$/.exec(action);
  if (member && (path === 'services' || path === 'appointments')) {
    return writeMember(request, path, record, member[1] ?? '', member[2] === 'add');
  }
  const isDecision = path === 'tenders' && (action === 'accept' || action === 'reject');
  return isDecision ? decideApplication(request, record, action === 'accept') : null;
}

/** Returns the response to a write in the shape of the account's API version. */
function shapedWrite([status, body, headers]: ApiResponse, path: string, isOlderShape: boolean): ApiResponse {
  if (status !== 200) return [status, body, headers];
  const record = detailOf(path, body as JsonObject);
  if (!isOlderShape || !PEOPLE_PATHS.includes(path)) return [status, record];
  return [status, { status: 'success', role: inOlderShape(record) }];
}

/** Returns the response to a request. */
export function respond(request: RoutedRequest): ApiResponse {
  const { method, url, account, behaviour } = request;
  const [, path = '', id, action] = /^\/api\/([a-z_-]+)\/(?:(\d+)\/(?:([a-z_/]+)\/)?)?$/.exec(url.pathname) ?? [];
  if (path === 'branch' && id === undefined) return method === 'GET' ? [200, BRANCH] : METHOD_NOT_ALLOWED;
  if (path === 'action-types' && id === undefined) return method === 'GET' ? [200, actionTypes()] : METHOD_NOT_ALLOWED;
  if (path === 'enquiry' && id === undefined) {
    if (method === 'POST') return createEnquiry(request, request.nextEnquiryId());
    return method === 'OPTIONS' ? [200, metadataOf(path, behaviour)] : METHOD_NOT_ALLOWED;
  }
  if (path === 'contractor-skills' && id === undefined) {
    return method === 'POST' ? createSkill(request) : METHOD_NOT_ALLOWED;
  }
  if (id === undefined) {
    if (method === 'GET') return readList(request, path);
    if (!account.list(path)) return choiceLists.has(path) ? METHOD_NOT_ALLOWED : NOT_FOUND;
    if (method === 'OPTIONS') return [200, metadataOf(path, behaviour)];
    return shapedWrite(writeRecord(request, path, null) ?? METHOD_NOT_ALLOWED, path, behaviour.isOlderShape);
  }
  if (action === undefined && method === 'GET') return readDetail(request, path, id);
  const record = account.find(path, id);
  if (!record) return NOT_FOUND;
  if (action === undefined) {
    return shapedWrite(writeRecord(request, path, record) ?? METHOD_NOT_ALLOWED, path, behaviour.isOlderShape);
  }
  if (method !== 'POST') return METHOD_NOT_ALLOWED;
  return shapedWrite(writeBelow(request, path, record, action) ?? NOT_FOUND, path, behaviour.isOlderShape);
}
