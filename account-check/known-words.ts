/** The words of TutorCruncher's API that our code knows: field names and values of enumerations. */

import { CHARGE_TYPES } from '../creates/job.ts';
import { objects, recordObjects } from '../objects/index.ts';
import { wellbeingConcernActions } from '../objects/wellbeing-concern.ts';
import { dropdownPaths } from '../src/app/dropdown-triggers.ts';
import { UPDATE_TYPES } from '../src/polled/balance-change-trigger.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { listedActions } from '../wire/action-filter.ts';
import { isJsonObject } from '../wire/json.ts';
import { OBJECT_NAMES } from '../wire/models.ts';

function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  return isJsonObject(value) ? Object.entries(value).flatMap(([name, member]) => [name, ...namesIn(member)]) : [];
}

/** Fields that occur in rows, in events and in older shapes, but not in our samples. */
const OTHER_FIELDS = ['agency', 'code', 'contractor_name', 'extra_attrs', 'user', 'user_id'];

/** Names of TutorCruncher's fields. */
export const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  ...recordObjects.flatMap(({ sample }) => namesIn(sample.subject)),
  ...OTHER_FIELDS,
]);

/** The objects with a list in the API. */
export const OBJECT_LISTS = recordObjects.flatMap((object) => (object.api ? [{ object, api: object.api }] : []));

const OBJECT_PATHS: readonly string[] = OBJECT_LISTS.map(({ api }) => api.path);

/** The lists that fill dropdowns, except the lists of objects. */
export const CHOICE_PATHS: readonly string[] = dropdownPaths
  .map((path) => path.slice(0, -1))
  .filter((path) => !OBJECT_PATHS.includes(path));

/** The paths of all lists that the app reads. */
export const LIST_PATHS: readonly string[] = [...OBJECT_PATHS, ...CHOICE_PATHS];

/** The actions of our triggers. */
export const KNOWN_ACTIONS: ReadonlySet<string> = new Set([
  ...webhookTriggers.flatMap(({ filter }) => listedActions(filter.actions)),
  ...wellbeingConcernActions,
]);

/** Values of enumerations, keyed by field name. */
export const ENUMERATIONS: Readonly<Record<string, ReadonlySet<string>>> = {
  status: new Set(objects.flatMap(({ statuses = [] }) => statuses)),
  role_type: new Set(['Administrator', ...Object.values(OBJECT_NAMES).slice(0, 4)]),
  dft_charge_type: new Set(Object.keys(CHARGE_TYPES)),
  update_type: new Set(Object.keys(UPDATE_TYPES)),
};
