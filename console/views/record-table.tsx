import { useState } from 'preact/hooks';

import { fieldLabelOf, itemFieldLabelOf } from '../../src/record/output-fields.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { isBlank } from '../../src/record/values.ts';
import { counted } from '../times.ts';

const isEmpty = (value: FlatRecord[string]): boolean => (Array.isArray(value) ? value.length === 0 : isBlank(value));

/** A value of a record. Line items are folded until the user opens them. */
function Value({ name, value }: { readonly name: string; readonly value: FlatRecord[string] }) {
  if (!Array.isArray(value)) return isBlank(value) ? <span class="quiet">empty</span> : <bdi>{String(value)}</bdi>;
  return (
    <details>
      <summary>{counted(value.length, 'line item')}</summary>
      {value.map((item, index) => (
        <dl key={index}>
          {Object.entries(item)
            .filter(([, field]) => !isBlank(field))
            .map(([key, field]) => (
              <div key={key}>
                <dt>
                  <bdi>{itemFieldLabelOf(name, key, new Set(Object.keys(item)))}</bdi>
                </dt>
                <dd>
                  <bdi>{String(field)}</bdi>
                </dd>
              </div>
            ))}
        </dl>
      ))}
    </details>
  );
}

/** A record as a Zap receives it, with the labels from the Zap editor. */
export function RecordTable({ record, title }: { readonly record: FlatRecord; readonly title: string }) {
  const [showsEmpty, setShowsEmpty] = useState(false);
  const entries = Object.entries(record);
  const keys = new Set(Object.keys(record));
  const filled = entries.filter(([, value]) => !isEmpty(value));
  const empty = entries.length - filled.length;
  return (
    <>
      <table class="record" role="table">
        <caption class="unseen">{title}</caption>
        <tbody role="rowgroup">
          {(showsEmpty ? entries : filled).map(([key, value]) => (
            <tr key={key} role="row">
              <th scope="row" role="rowheader">
                <bdi>{key === 'id' ? 'Event ID' : fieldLabelOf(key, keys)}</bdi>
              </th>
              <td role="cell">
                <Value name={key} value={value} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {empty > 0 && (
        <button class="plain" aria-expanded={showsEmpty} onClick={() => setShowsEmpty(!showsEmpty)}>
          {showsEmpty ? 'Hide empty fields' : `Show ${counted(empty, 'empty field')}`}
        </button>
      )}
    </>
  );
}
