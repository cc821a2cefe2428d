/** Shapes in which TutorCruncher sends the subjects of some events, as observed in the accounts of agencies. */

import type { JsonObject } from '../../wire/json.ts';
import { PEOPLE_PATHS } from './account.ts';
import type { Behaviour } from './behaviour.ts';
import { objectsIn, pick } from './field-checks.ts';
import { inOlderShape } from './people.ts';
import type { AccountEvent } from './write.ts';

/** The fields of a subject about a client who was deleted or who is also an administrator. */
const SHORT_FIELDS = ['model', 'url', 'id', 'first_name', 'last_name', 'email', 'role_type', 'is_deleted'];

const LABEL_EVENT_FIELDS = ['model', 'url', 'id', 'status', 'associated_admin', 'extra_attrs', 'user'];

/** Returns true if an event is about a label that was added or removed. */
export const isAboutLabel = ({ action }: AccountEvent): boolean => action.includes('_A_LABEL_');

/** Returns the subject of an event in the shape that the settings define. @param subject - the complete subject */
export function shaped(
  event: AccountEvent,
  subject: JsonObject,
  { shortSubjects, labelsInClientEvents, labelEventShape }: Behaviour,
): JsonObject {
  const isClient = event.path === 'clients';
  if (isClient && shortSubjects) {
    return pick({ role_type: 'Client', is_deleted: false, ...subject }, SHORT_FIELDS);
  }
  if (isAboutLabel(event)) {
    if (labelEventShape === 'flat' || !PEOPLE_PATHS.includes(event.path)) return subject;
    const labels = objectsIn(subject.labels).map((label) => pick(label, ['id', 'name', 'machine_name']));
    return { ...pick(inOlderShape(subject), LABEL_EVENT_FIELDS), labels };
  }
  if (!isClient || labelsInClientEvents === 'list') return subject;
  const withoutLabels = Object.fromEntries(Object.entries(subject).filter(([name]) => name !== 'labels'));
  return labelsInClientEvents === 'none' ? withoutLabels : { ...subject, labels: [] };
}
