import type { ReportedChanges } from '../opened-delivery.ts';
import { fullTime } from '../times.ts';

/** The changed fields with their values before and after the change. */
const ChangeTable = ({ changes }: Pick<ReportedChanges, 'changes'>) => (
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
          <th scope="row">
            <bdi>{field}</bdi>
          </th>
          <td>{before ? <bdi>{before}</bdi> : <span class="quiet">empty</span>}</td>
          <td>{after ? <bdi>{after}</bdi> : <span class="quiet">empty</span>}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** The time of the previous event, such as ", from Wed 10 Jun 2026, 17:05:09"; empty if it is unknown. */
function sinceText({ since }: ReportedChanges): string {
  const time = typeof since.timestamp === 'string' ? Date.parse(since.timestamp) : NaN;
  return Number.isNaN(time) ? '' : `, from ${fullTime(time)}`;
}

/** The changes of the record since the previous event about it; null if they are not known. */
export const Changes = ({ changes }: { readonly changes: ReportedChanges | null }) => (
  <section class="changes" aria-labelledby="changes">
    <h2 id="changes">Changes</h2>
    {changes === null ? (
      <p class="quiet">
        Not known, because the relay has no previous event about this record. The Zap gets <b>Changes Known</b> as
        false.
      </p>
    ) : (
      <>
        <p class="quiet">
          {changes.isRepeated ? (
            <>An event that arrived shortly before has already shown this change, so the Zap gets no changes.</>
          ) : (
            <>
              Compared with the previous event about the same record{sinceText(changes)}. The Zap gets them as{' '}
              <b>Changed Fields</b> and line items.
            </>
          )}
        </p>
        {changes.changes.length === 0 ? <p>No field has changed.</p> : <ChangeTable changes={changes.changes} />}
      </>
    )}
  </section>
);
