/**
 * Stand-in for TutorCruncher's API over HTTP: lists with 100 rows per page, details, labels, action types, the branch,
 * and a limit of 100 requests per minute. All people in it are invented.
 */

import { createServer, type Server, type ServerResponse } from 'node:http';

import { listedActions } from '../wire/action-filter.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import type { TutorCruncherObject } from '../src/tutorcruncher-object.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { wellbeingConcernActions } from '../objects/wellbeing-concern.ts';

const PAGE_SIZE = 100;
const REQUESTS_PER_MINUTE = 100;

/** Fields of a record that a list includes. Details include all fields. */
const ROW_FIELDS = ['id', 'url', 'first_name', 'last_name', 'email', 'name', 'display_id', 'status', 'topic', 'text'];
/** Lists whose rows have no id at TutorCruncher. */
const LISTS_WITHOUT_ID = ['proforma-invoices', 'reports'];

const PEOPLE = [
  ['Priya', 'Raman'],
  ['Marcus', 'Adeyemi'],
  ['Ingrid', 'Solberg'],
  ['Tomás', 'Ferreira'],
  ['Yuki', 'Tanabe'],
];
const LABELS = ['Weekend', 'Sibling discount', 'Exam year', 'In person', 'Online only'];

const EXTRA_ATTRS = [
  { id: 1, machine_name: 'teaching-experience', name: 'Teaching Experience', type: 'Long Textbox', value: 'Ten years' },
  { id: 2, machine_name: 'date_of_birth', name: 'Date of Birth', type: 'Date', value: '1993-06-23' },
  { id: 3, machine_name: 'how_did_you_hear', name: 'How did you hear about us?', type: 'Short Textbox', value: '' },
  { id: 4, machine_name: 'contract_signed', name: 'Contract signed', type: 'Checkbox', value: 'True' },
];

const label = (index: number) => ({
  id: 21 + index,
  name: LABELS[index] ?? `Group ${index + 1}`,
  machine_name: (LABELS[index] ?? `Group ${index + 1}`).toLowerCase().replaceAll(' ', '-'),
});

/** More labels than fit on one page. */
const labels = Array.from({ length: 120 }, (_, index) => label(index));

/** Returns the records of a list, newest first, made from the object's sample delivery. */
function recordsOf({ sample, api }: TutorCruncherObject): JsonObject[] {
  return PEOPLE.map(([first_name, last_name], index) => {
    // The API, unlike webhooks, does not send the model.
    const subject = Object.fromEntries(Object.entries(sample.subject).filter(([name]) => name !== 'model'));
    const id = Number(subject.id) + PEOPLE.length - index;
    return {
      ...subject,
      id,
      url: String(subject.url).replace(/\d+\/$/, `${id}/`),
      ...('first_name' in subject && {
        first_name,
        last_name,
        email: `${first_name}.${last_name}@example.com`.toLowerCase(),
      }),
      ...('labels' in subject && { labels: [label(index)] }),
      ...(api?.hasCustomFields && { extra_attrs: EXTRA_ATTRS }),
    };
  });
}

function rowOf(path: string, record: JsonObject, isWhole: boolean): JsonObject {
  if (isWhole) return record;
  const fields = ROW_FIELDS.filter((name) => !(name === 'id' && LISTS_WITHOUT_ID.includes(path)));
  return Object.fromEntries(Object.entries(record).filter(([name]) => fields.includes(name)));
}

const actionTypes = (): JsonObject[] => [
  { key: 'LOGIN', value: 'LOGIN', msg: 'Logged in', help_text: '', extra_msg: '', subject_types: [] },
  ...webhookTriggers.flatMap(({ filter, definition, sampleEvent }) =>
    listedActions(filter.actions)
      .slice(0, 1)
      .map((key) => ({
        key,
        value: key,
        msg: sampleEvent.verb,
        help_text: '',
        extra_msg: '',
        subject_types: [definition.noun],
      })),
  ),
  ...wellbeingConcernActions.map((key) => ({
    key,
    value: key,
    msg: key.startsWith('RAISED')
      ? 'Created a Safeguarding/Wellbeing Concern'
      : 'Resolved a Safeguarding/Wellbeing Concern',
    subject_types: ['Safeguarding/Wellbeing Concern'],
  })),
];

const BRANCH = {
  id: 4021,
  name: 'Bristol Branch',
  agency: { id: 9, name: 'Bright Sparks Tuition', url_slug: 'bright-sparks' },
  currency: 'GBP',
  timezone: 'Europe/London',
};

/** Response of the API: its status, the JSON of its body and additional headers. */
type ApiResponse = readonly [status: number, body: unknown, headers?: Record<string, string>];

const NOT_FOUND: ApiResponse = [404, { detail: 'Not found.' }];

function pageOf(url: URL, rows: readonly JsonObject[]): ApiResponse {
  const page = Number(url.searchParams.get('page') ?? 1);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_SIZE));
  if (!Number.isInteger(page) || page < 1 || page > pages) return [404, { detail: 'Invalid page.' }];
  const pageUrl = (number: number) =>
    number < 1 || number > pages ? null : `${url.origin}${url.pathname}?page=${number}`;
  return [
    200,
    {
      count: rows.length,
      next: pageUrl(page + 1),
      previous: pageUrl(page - 1),
      results: rows.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE),
    },
  ];
}

function matches(record: JsonObject, parameters: URLSearchParams): boolean {
  const status = parameters.get('status');
  const labelId = parameters.get('labels');
  const recordLabels: unknown[] = Array.isArray(record.labels) ? record.labels : [];
  const hasLabel = recordLabels.some((entry) => isJsonObject(entry) && String(entry.id) === labelId);
  return (status === null || record.status === status) && (labelId === null || hasLabel);
}

/**
 * Creates the server. The caller makes it listen.
 *
 * @param objects - objects whose records the account contains
 * @param privateKeys - the private keys that the server accepts
 */
export function createAccountServer(
  objects: readonly TutorCruncherObject[],
  ...privateKeys: readonly string[]
): Server {
  const recordsByPath = new Map(
    objects.flatMap((object) =>
      object.api ? [[object.api.path, { records: recordsOf(object), api: object.api }]] : [],
    ),
  );
  let minute = 0;
  let requests = 0;

  function responseTo(url: URL, authorization: string | undefined): ApiResponse {
    const [, key] = /^token (.+)$/i.exec(authorization ?? '') ?? [];
    if (key === undefined || !privateKeys.includes(key)) return [401, { detail: 'Invalid token.' }];
    const thisMinute = Math.floor(Date.now() / 60_000);
    requests = thisMinute === minute ? requests + 1 : 1;
    minute = thisMinute;
    if (requests > REQUESTS_PER_MINUTE) {
      return [429, { detail: 'Request was throttled. Expected available in 60 seconds.' }, { 'Retry-After': '60' }];
    }

    const [, path = '', id] = /^\/api\/([a-z_-]+)\/(?:(\d+)\/)?$/.exec(url.pathname) ?? [];
    if (id === undefined) {
      if (path === 'branch') return [200, BRANCH];
      if (path === 'action-types') return [200, actionTypes()];
      if (path === 'labels') return pageOf(url, labels);
    }
    const list = recordsByPath.get(path);
    if (!list) return NOT_FOUND;
    if (id === undefined) {
      const found = list.records.filter((record) => matches(record, url.searchParams));
      return pageOf(
        url,
        found.map((record) => rowOf(path, record, list.api.isRowComplete === true)),
      );
    }
    const record = list.api.isRowComplete ? undefined : list.records.find((candidate) => String(candidate.id) === id);
    return record ? [200, record] : NOT_FOUND;
  }

  const write = (response: ServerResponse, [status, body, headers]: ApiResponse): void => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
  return createServer((request, response) => {
    request.resume();
    if (request.method !== 'GET') {
      write(response, [405, { detail: 'Method not allowed.' }]);
      return;
    }
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
    write(response, responseTo(url, request.headers.authorization));
  });
}
