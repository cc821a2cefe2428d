/** Polls of the list of balance changes. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { rowId } from '../api/records.ts';
import { idOf } from '../record-id.ts';
import { refersTo, rowText } from '../list-search.ts';
import { listPath, unwrapped } from '../object-record.ts';
import { joinedName } from '../record/values.ts';
import type { Run } from '../run.ts';
import type { RecordWord, TutorCruncherObject } from '../tutorcruncher-object.ts';
import { utcText } from '../utc-text.ts';
import { LIST_REACH_MS, type Poll } from './polled-trigger.ts';
import { rowsBetween } from './rows-between.ts';

/** The choices in a trigger; null for a choice that was left empty. */
export interface BalanceChoices {
  readonly updateTypes: readonly string[] | null;
  /** Ids of people. A balance belongs to one person, so only one of them can be chosen. */
  readonly client: string | null;
  readonly tutor: string | null;
}

/** The lists of the people who have a balance, by what TutorCruncher calls them in `role_type`. */
const PEOPLE = [
  ['clients', 'Client'],
  ['contractors', 'Tutor'],
  ['agents', 'Affiliate'],
] as const;

/** Returns details with the person whose balance changed, as a record. Details may contain only the person's id, as rows do. */
async function withPerson(run: Run, details: JsonObject): Promise<JsonObject> {
  const { role } = details;
  if (isJsonObject(role) && joinedName(role) !== null) return details;
  const id = idOf(isJsonObject(role) ? role.id : role);
  if (id === null) return details;
  for (const [path, roleType] of PEOPLE) {
    const found = await run.read(`${path}/${id}/`);
    if (!found) continue;
    const [first_name, last_name, email] = ['first_name', 'last_name', 'email'].map((name) =>
      rowText(unwrapped(found), name),
    );
    return { ...details, role: { id: Number(id), first_name, last_name, email, role_type: roleType } };
  }
  return details;
}

/**
 * Returns the poll that finds balance changes.
 * @throws {Error} with a message for the Zap's owner, if both a client and a tutor are chosen
 */
export function balancePoll(
  object: TutorCruncherObject<RecordWord>,
  { updateTypes, client, tutor }: BalanceChoices,
  run: Run,
  now: number,
): Poll {
  if (client !== null && tutor !== null) {
    throw run.refusal(
      'A balance belongs to a client or to a tutor, so this step can be limited to one person only. Empty the field ' +
        '"Client" or the field "Tutor".',
    );
  }
  const person = client ?? tutor;
  const [type, ...otherTypes] = updateTypes ?? [];
  const params = {
    ...(client !== null && { client }),
    ...(tutor !== null && { contractor: tutor }),
    // TutorCruncher can filter by one type only.
    ...(type !== undefined && otherTypes.length === 0 && { update_type: type }),
  };
  const span = { from: now - LIST_REACH_MS, to: now };
  return {
    // If an agency raises hundreds of invoices at once, their details are read within 5 days, even with a poll every 15
    // minutes.
    maxDetails: 3,
    readRows: () =>
      rowsBetween(
        run,
        span,
        ({ from, to }, page) => {
          const limits = { created_gte: utcText(from), created_lte: utcText(to + 999) };
          return run.readPage(listPath(object), { ...params, ...limits }, page);
        },
        'Choose a client, a tutor or a type.',
      ),
    dueOf: (record) => {
      const id = rowId(record);
      const at = Date.parse(rowText(record, 'created'));
      const isDue =
        id !== null &&
        at >= span.from &&
        (updateTypes === null || updateTypes.includes(rowText(record, 'update_type'))) &&
        (person === null || refersTo(record.role, person));
      return isDue ? { id, at, isUrgent: false } : null;
    },
    complete: (details) => withPerson(run, details),
  };
}
