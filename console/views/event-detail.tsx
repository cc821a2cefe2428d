import { useEffect, useRef } from 'preact/hooks';

import type { Detail, LoadedDetail } from '../opened-event.ts';
import { deliveryText, eventText } from '../event-words.ts';
import type { BrowserDelivery } from '../opened-delivery.ts';
import type { PageState } from '../page-state.ts';
import type { ReportedChanges } from '../reported-changes.ts';
import type { Channel } from '../session.ts';
import { fullTime } from '../times.ts';
import { CopyButton } from './copy-button.tsx';
import { EventOutcomes } from './event-outcomes.tsx';
import { Icon } from './icon.tsx';
import { OutdatedText, outdatedTitle } from './outdated.tsx';
import { PageLink } from './page-link.tsx';
import { RecordTable } from './record-table.tsx';
import { TableHead } from './table-head.tsx';

/** A table cell with the text of a field before or after the change. */
const ValueCell = ({ value }: { readonly value: string }) => (
  <td role="cell">{value ? <bdi>{value}</bdi> : <span class="quiet">empty</span>}</td>
);

/** The changed fields with their values before and after the change. */
function ChangedFields({ changes, since, isRepeated }: ReportedChanges) {
  const time = typeof since.timestamp === 'string' ? Date.parse(since.timestamp) : NaN;
  return (
    <>
      <p class="quiet">
        {isRepeated ? (
          'An event that arrived shortly before has already shown this change, so the Zap gets no changes.'
        ) : (
          <>
            Compared with the previous event about the same record
            {!Number.isNaN(time) && `, from ${fullTime(time)}`}. The Zap gets them as <b>Changes</b>.
          </>
        )}
      </p>
      {changes.length === 0 ? (
        <p>No field has changed.</p>
      ) : (
        <table class="record" role="table">
          <TableHead titles={['Field', 'Before', 'After']} />
          <tbody role="rowgroup">
            {changes.map(({ key, field, written: [before, after] }) => (
              <tr key={key} role="row">
                <th scope="row" role="rowheader">
                  <bdi>{field}</bdi>
                </th>
                <ValueCell value={before} />
                <ValueCell value={after} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

const SEALED_TEXTS: Readonly<Record<Exclude<BrowserDelivery['kind'], 'opened'>, string>> = {
  'newer-key': 'The contents are sealed with a key that is newer than your link. Open a fresh link in the Zap editor.',
  damaged:
    'The contents cannot be opened. Open a fresh link in the Zap editor. If this persists, ask the operator of the relay.',
  large: 'The contents are loading.',
};

/** The events of a delivery. Each event has the record that the Zap receives and the JSON that TutorCruncher sent. */
function Contents({ delivery, isForged }: { readonly delivery: BrowserDelivery; readonly isForged: boolean }) {
  const { kind, events } = delivery;
  if (kind !== 'opened') return <p class="note">{SEALED_TEXTS[kind]}</p>;
  if (events.length === 0) return <p class="note">This webhook contains no event that a Zap can use.</p>;
  return events.map(({ event, record }, index) => {
    const json = JSON.stringify(event, null, 2);
    const title = events.length === 1 ? 'Record' : `Record: ${eventText(event.action)}`;
    return (
      <section key={index}>
        <h2>{title}</h2>
        {!isForged && <p class="quiet">The fields that a Zap gets, except the fields about changes.</p>}
        <RecordTable record={record} title={title} />
        <details>
          <summary>Raw JSON from TutorCruncher</summary>
          <CopyButton text={json} label="Copy JSON" />
          <pre tabIndex={0}>{json}</pre>
        </details>
      </section>
    );
  });
}

/** The changes that an event reports, or a text if the changes are unknown. */
const Changes = ({ changes }: { readonly changes: ReportedChanges | null }) => (
  <section class="changes" aria-labelledby="changes">
    <h2 id="changes">Changes</h2>
    {changes ? (
      <ChangedFields {...changes} />
    ) : (
      <p class="quiet">
        Not known, because the relay has no previous event about this record. The Zap gets <b>Changes Known</b> as
        false.
      </p>
    )}
  </section>
);

interface LoadedEventProps extends Channel {
  readonly loaded: LoadedDetail;
}

/** A loaded event: its arrival, its signature, its outcomes and its contents. */
function LoadedEvent({ loaded, ...channel }: LoadedEventProps) {
  const { envelope, delivery, changes } = loaded;
  const verdict = channel.session.verdictOn(envelope.delivery_id);
  const isForged = verdict === false;
  const people = delivery.events[0]?.people;
  return (
    <>
      <p class="quiet">
        Received on {fullTime(envelope.received_at)}
        {people && (
          <>
            {' · '}
            <bdi>{people}</bdi>
          </>
        )}
        {!isForged && ` · Signature ${verdict ? 'valid' : 'checked only in the Zap'}`}
      </p>
      {isForged && (
        <p class="note">
          Signed with another private key, so your Zaps refuse it. Anyone who knows the webhook URL can send it.
        </p>
      )}
      {envelope.is_repeat && (
        <p class="note">
          This is a repeat: the relay received the same webhook before, more than 72 hours earlier. Zaps see it in the
          field Is Repeat.
        </p>
      )}
      <div class="columns">
        <EventOutcomes key={loaded.number} detail={loaded} isForged={isForged} {...channel} />
        <div>
          {delivery.kind === 'opened' && !isForged && <Changes changes={changes} />}
          <Contents delivery={delivery} isForged={isForged} />
        </div>
      </div>
    </>
  );
}

/** Returns the heading of an event's page. */
function titleOf(detail: Detail): string {
  if (detail.kind === 'loaded') return deliveryText(detail.envelope.actions);
  return detail.kind === 'missing' ? 'This event is no longer stored' : 'Loading …';
}

interface EventDetailProps extends Channel {
  readonly detail: Detail;
  /** The list that the event was opened from. */
  readonly back: PageState;
}

/** An event with its record, its JSON, and its outcome for each Zap. */
export function EventDetail({ detail, back, ...channel }: EventDetailProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Makes screen readers continue at the heading when a different event is opened.
  useEffect(() => heading.current?.focus(), [detail.number]);
  const name = detail.kind === 'loaded' ? detail.delivery.events[0]?.name : undefined;
  const { trouble } = channel.session.state;
  return (
    <article class="detail">
      <p>
        <PageLink to={back} class="back">
          <Icon name="back" />
          All events
        </PageLink>
      </p>
      {trouble !== null && (
        <p class="note" role="alert">
          {outdatedTitle(trouble)}. <OutdatedText trouble={trouble} now={channel.now} />
        </p>
      )}
      <h1 ref={heading} tabIndex={-1}>
        {titleOf(detail)}
        {name && <bdi class="name">{name}</bdi>}
      </h1>
      {detail.kind === 'missing' && (
        <p>The relay deletes events when all Zaps have received them and the retention period is over.</p>
      )}
      {detail.kind === 'loaded' && <LoadedEvent loaded={detail} {...channel} />}
    </article>
  );
}
