/** Writes that add or remove a label of a person or job. Both can be repeated. */

import type { JsonObject } from '../../wire/json.ts';
import type { AccountRecord } from './account.ts';
import { formOf, hasErrors, objectsIn } from './fields.ts';
import { badRequest, type ApiResponse } from './response.ts';
import { announced, EDITED, type Write } from './write.ts';

/** Adds or removes the label that the body names. */
export function writeLabel(write: Write, path: string, record: AccountRecord, isAdded: boolean): ApiResponse {
  const { account } = write;
  const { values, errors } = formOf({ label: { type: 'field', required: true, list: 'labels' } }, write);
  if (hasErrors(errors)) return badRequest(errors);
  const label = values.label as JsonObject;
  const labels = objectsIn(record.labels);
  const others = labels.filter(({ id }) => id !== label.id);
  const hadLabel = others.length < labels.length;
  if (hadLabel === isAdded) return [200, account.current(path, record)];

  const changed = account.change(path, record.id, { labels: isAdded ? [...labels, label] : others });
  // TutorCruncher sends no webhook when a label is removed from a person.
  if (!isAdded && path !== 'services') return [200, account.current(path, changed)];
  const noun = path === 'services' ? 'SERVICE' : 'USER';
  const product = path === 'services' ? 'Job' : 'User';
  return announced(write, path, changed, {
    action: isAdded ? `ADDED_A_LABEL_TO_A_${noun}` : `REMOVED_A_LABEL_FROM_A_${noun}`,
    verb: isAdded ? `Added a Label to a ${product}` : `Removed a Label from a ${product}`,
    message: path === 'services' ? EDITED : 'Added via the API.',
  });
}
