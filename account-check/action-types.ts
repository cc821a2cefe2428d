/** The actions that TutorCruncher lists, compared with the actions of our triggers. */

import catalogue from '../docs/action-types.json' with { type: 'json' };
import { objectWordOf } from '../wire/models.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import type { AccountCheck } from './account.ts';
import { rounded } from './forms.ts';
import { KNOWN_ACTIONS } from './known-words.ts';

/** The section of the report about the list of actions. */
export interface ActionFacts {
  readonly isList: boolean;
  /** Actions of our triggers that TutorCruncher does not list. */
  readonly unknownToTutorCruncher: string[];
  /** Number of actions with webhooks that our triggers do not use. */
  readonly withoutTrigger: number;
  /** Number of models that TutorCruncher names but our code does not know. */
  readonly unknownModels: number;
}

const isActionType = (row: JsonObject): boolean =>
  typeof row.key === 'string' && typeof row.msg === 'string' && Array.isArray(row.subject_types);

const subjectsOf = ({ subject_types: subjects }: JsonObject): unknown[] => (Array.isArray(subjects) ? subjects : []);

/** Checks TutorCruncher's list of actions. @throws {Unfinished} if the check cannot continue */
export async function checkActionTypes({ reader, findings }: AccountCheck): Promise<ActionFacts> {
  const { data } = await reader.get('action-types/');
  const rows = Array.isArray(data) ? data.filter(isJsonObject) : [];
  const isList = rows.length > 0 && rows.every(isActionType);
  findings.add('choices.action-types', isList, 'action-types');
  const withWebhooks = rows.filter((row) => subjectsOf(row).length > 0);
  const listed = new Set(withWebhooks.map(({ key }) => String(key)));
  const unknown = isList ? [...KNOWN_ACTIONS].filter((action) => !listed.has(action)) : [];
  findings.add('events.actions', isList ? unknown.length === 0 : null, unknown.join(', '));
  const documented = catalogue.map(({ key }) => key);
  const added = [...listed].filter((action) => !documented.includes(action));
  // The observation of `events.actions` above covers the actions of our triggers.
  const gone = documented.filter((action) => !listed.has(action) && !KNOWN_ACTIONS.has(action));
  const changes = [...added.map((action) => `${action} is new`), ...gone.map((action) => `${action} has no webhook`)];
  findings.add('events.catalogue', isList ? changes.length === 0 : null, changes.join(', '));
  const models = new Set(withWebhooks.flatMap(subjectsOf));
  const unknownModels = [...models].filter((model) => objectWordOf(model) === null);
  const isUnknown = (model: unknown): boolean => unknownModels.includes(model);
  // Name only the actions of our triggers, because an action that no trigger uses is harmless.
  const affected = withWebhooks.filter((row) => subjectsOf(row).some(isUnknown)).map(({ key }) => String(key));
  const known = affected.filter((action) => KNOWN_ACTIONS.has(action));
  const where = known.length === 0 ? 'action-types' : known.join(', ');
  findings.add('events.models', models.size === 0 ? null : unknownModels.length === 0, where);
  return {
    isList,
    unknownToTutorCruncher: unknown.sort(),
    withoutTrigger: rounded([...listed].filter((action) => !KNOWN_ACTIONS.has(action)).length),
    unknownModels: rounded(unknownModels.length),
  };
}
