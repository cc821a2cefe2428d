import { useEffect, useRef, useState } from 'preact/hooks';

import type { OverviewResponse } from '../../wire/console-api.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { Detail } from '../detail.ts';
import { deliveryText, eventText } from '../event-words.ts';
import { recordOf, type BrowserDelivery, type OpenedEvent } from '../opened-delivery.ts';
import type { PageState } from '../page-state.ts';
import type { Session } from '../session.ts';
import { fullTime } from '../times.ts';
import { Changes } from './changes.tsx';
import { CopyButton } from './copy-button.tsx';
import { EventFates } from './event-fates.tsx';
import { Icon } from './icon.tsx';
import { PageLink } from './page-link.tsx';
import { RecordTable } from './record-table.tsx';

/** One event of a delivery: the record as the Zap receives it, and the JSON that TutorCruncher sent. */
interface EventSectionProps {
  readonly opened: OpenedEvent;
  readonly isOnly: boolean;
  readonly isForged: boolean;
}

function EventSection({ opened, isOnly, isForged }: EventSectionProps) {
  const [record, setRecord] = useState<FlatRecord | null>(null);
  useEffect(() => {
    let isCurrent = true;
    void recordOf(opened.event).then((made) => {
      if (isCurrent) setRecord(made);
    });
    return () => {
      isCurrent = false;
    };
  }, [opened]);
  const json = JSON.stringify(opened.event, null, 2);
  const title = isOnly ? 'Record' : `Record: ${eventText(opened.action)}`;
  return (
    <section>
      <h2>{title}</h2>
      {!isForged && <p class="quiet">The fields as a Zap gets them, without those about changes.</p>}
      {record && <RecordTable record={record} title={title} />}
      <details class="raw">
        <summary>Raw JSON from TutorCruncher</summary>
        <CopyButton text={json} label="Copy JSON" />
        <pre tabIndex={0}>{json}</pre>
      </details>
    </section>
  );
}

const SEALED_TEXTS: Readonly<Record<Exclude<BrowserDelivery['kind'], 'opened'>, string>> = {
  'newer-key': 'The contents are sealed with a key that is newer than your link. Open a fresh link in the Zap editor.',
  damaged:
    'The contents cannot be opened. Open a fresh link in the Zap editor. If this persists, ask the operator of the relay.',
  large: 'The contents are loading.',
};

function Contents({ delivery, isForged }: { readonly delivery: BrowserDelivery; readonly isForged: boolean }) {
  if (delivery.kind !== 'opened') return <p class="note">{SEALED_TEXTS[delivery.kind]}</p>;
  if (delivery.events.length === 0) return <p class="note">This webhook contains no event that a Zap can use.</p>;
  return delivery.events.map((opened, index) => (
    <EventSection key={index} opened={opened} isOnly={delivery.events.length === 1} isForged={isForged} />
  ));
}

export interface EventDetailProps {
  readonly detail: Detail;
  readonly overview: OverviewResponse;
  /** Names of the Zaps by their ids. */
  readonly names: ReadonlyMap<string, string>;
  readonly session: Session;
  /** The list from which the event was opened. */
  readonly back: PageState;
}

/** One event: its record, its JSON, and its outcome for each Zap. */
export function EventDetail({ detail, overview, names, session, back }: EventDetailProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Makes screen readers continue at the heading when another event is opened.
  useEffect(() => heading.current?.focus(), [detail.number]);
  const loaded = detail.kind === 'loaded' ? detail : null;
  const verdict = loaded ? session.verdictOn(loaded.sealed.id) : undefined;
  const isForged = verdict === false;
  const [first] = loaded?.delivery.kind === 'opened' ? loaded.delivery.events : [];
  return (
    <article class="detail">
      <p>
        <PageLink to={back} class="back">
          <Icon name="back" />
          All events
        </PageLink>
      </p>
      <h1 ref={heading} tabIndex={-1}>
        {loaded
          ? deliveryText(loaded.actions)
          : detail.kind === 'missing'
            ? 'This event is no longer stored'
            : 'Loading …'}
        {first?.name && <bdi class="name">{first.name}</bdi>}
      </h1>
      {detail.kind === 'missing' && (
        <p>The relay deletes events when all Zaps have received them and the retention period is over.</p>
      )}
      {loaded && (
        <>
          <p class="quiet">
            Received on {fullTime(loaded.receivedAt)}
            {first?.people && (
              <>
                {' · '}
                <bdi>{first.people}</bdi>
              </>
            )}
            {!isForged && ` · Signature ${verdict ? 'valid' : 'checked only in the Zap'}`}
          </p>
          {isForged && (
            <p class="note">
              Signed with another private key, so your Zaps refuse it. Anyone who knows the webhook URL can send it.
            </p>
          )}
          {loaded.isRepeat && (
            <p class="note">
              This is a repeat: the relay received the same webhook before, more than 72 hours earlier. Zaps see it in
              the field Is Repeat.
            </p>
          )}
          <div class="columns">
            <EventFates
              key={loaded.number}
              detail={loaded}
              isForged={isForged}
              zaps={overview.zaps}
              endedZaps={overview.ended_zaps}
              names={names}
              now={overview.now}
              session={session}
            />
            <div>
              {loaded.delivery.kind === 'opened' && !isForged && <Changes changes={loaded.changes} />}
              <Contents delivery={loaded.delivery} isForged={isForged} />
            </div>
          </div>
        </>
      )}
    </article>
  );
}
