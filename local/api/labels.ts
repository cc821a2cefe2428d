/** Writes that add a label to a person or job, or remove a label. A repeated write changes nothing. */

import type { JsonObject } from '../../wire/json.ts';
import type { AccountRecord } from './account.ts';
import { objectsIn, valuesOf } from './field-checks.ts';
import { announced, EDITED, type Write } from './write.ts';

/** Adds or removes the label that the body names. Returns the record. */
export function writeLabel(write: Write, path: string, record: AccountRecord, isAdded: boolean): AccountRecord {
  const { account } = write;
  const label = valuesOf({ label: { type: 'field', required: true, list: 'labels' } }, write).label as JsonObject;
  const labels = objectsIn(record.labels);
  const others = labels.filter(({ id }) => id !== label.id);
  const hadLabel = others.length < labels.length;
  if (hadLabel === isAdded) return account.current(path, record);

  const changed = account.change(path, record.id, { labels: isAdded ? [...labels, label] : others });
  const isJob = path === 'services';
  // TutorCruncher sends no webhook when a label is removed from a person.
  if (!isAdded && !isJob) return account.current(path, changed);
  const [key, verb] = isAdded
    ? ['ADDED_A_LABEL_TO_A', 'Added a Label to a']
    : ['REMOVED_A_LABEL_FROM_A', 'Removed a Label from a'];
  const [noun, product] = isJob ? ['SERVICE', 'Job'] : ['USER', 'User'];
  const message = isJob ? EDITED : 'Added via the API.';
  return announced(write, path, changed, { action: `${key}_${noun}`, verb: `${verb} ${product}`, message });
}
