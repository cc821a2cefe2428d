import type { ChangesSince } from '../opened-delivery.ts';
import { fullTime } from '../times.ts';

/** The changes of the record since the previous event about it. */
export function Changes({ changes: { changes, since } }: { readonly changes: ChangesSince }) {
  const time = typeof since.timestamp === 'string' ? Date.parse(since.timestamp) : NaN;
  return (
    <section aria-labelledby="changes">
      <h2 id="changes">Changes</h2>
      <p class="quiet">
        Compared with the previous event about the same record{Number.isNaN(time) ? '' : `, from ${fullTime(time)}`}.
      </p>
      {changes.length === 0 ? (
        <p>No field has changed.</p>
      ) : (
        <table class="record">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ key, field, before, after }) => (
              <tr key={key}>
                <th scope="row">{field}</th>
                <td>{before || <span class="quiet">empty</span>}</td>
                <td>{after || <span class="quiet">empty</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
