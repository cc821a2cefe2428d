import type { ListedEvent } from '../../wire/console-api.ts';
import { eventRow, UNKNOWN_ZAP } from '../event-row.ts';
import { deliveryText } from '../event-words.ts';
import type { DeliveryNames } from '../opened-delivery.ts';
import type { Filters } from '../page-state.ts';
import type { Session } from '../session.ts';
import { counted } from '../times.ts';
import { OutcomeBadge } from './outcome-badge.tsx';
import { PageLink } from './page-link.tsx';
import { Time } from './time.tsx';

/** Maximum number of Zaps that a row lists by name. */
const MAX_NAMED_ZAPS = 3;

/** The record that an event is about. */
function About({ event, opened }: { readonly event: ListedEvent; readonly opened: DeliveryNames | undefined }) {
  const { about, others, people } = eventRow(event, opened);
  if (opened?.kind !== 'opened') {
    return <span class="quiet">{opened?.kind === 'large' ? 'Open the event to see the name' : about}</span>;
  }
  return (
    <>
      <bdi>{about}</bdi>
      {others > 0 && ` and ${others} more`}
      {people && (
        <span class="quiet">
          {' '}
          · <bdi>{people}</bdi>
        </span>
      )}
    </>
  );
}

/** The outcome of an event for each Zap whose trigger selects it. */
interface FatesProps {
  readonly event: ListedEvent;
  readonly names: ReadonlyMap<string, string>;
  readonly isForged: boolean;
}

function Fates({ event, names, isForged }: FatesProps) {
  const { zaps } = event;
  if (zaps.length === 0) {
    return (
      <span class="fate">
        <OutcomeBadge outcome="not_wanted" />
      </span>
    );
  }
  return (
    <>
      {zaps.slice(0, MAX_NAMED_ZAPS).map(({ zap, outcome, is_sent_again }) => (
        <span key={zap} class="fate">
          <OutcomeBadge outcome={outcome} isForged={isForged} />{' '}
          <bdi class="quiet">{names.get(zap) ?? UNKNOWN_ZAP}</bdi>
          {is_sent_again && <span class="tag">sent again</span>}
        </span>
      ))}
      {zaps.length > MAX_NAMED_ZAPS && (
        <span class="quiet">and {counted(zaps.length - MAX_NAMED_ZAPS, 'other Zap')}</span>
      )}
    </>
  );
}

export interface EventTableProps {
  readonly events: readonly ListedEvent[];
  /** The names in the events, by the ids of their deliveries. */
  readonly opened: ReadonlyMap<string, DeliveryNames>;
  /** Names of the Zaps by their ids. */
  readonly zapNames: ReadonlyMap<string, string>;
  readonly session: Session;
  readonly filters: Filters;
  readonly now: number;
}

/**
 * The table of events. On narrow screens, its rows become cards. The roles are explicit, because browsers may drop the
 * semantics of a table that is not displayed as a table.
 */
export const EventTable = ({ events, opened, zapNames, session, filters, now }: EventTableProps) => (
  <table class="list" role="table">
    <caption class="unseen">Events, newest first</caption>
    <thead role="rowgroup">
      <tr role="row">
        {['Time', 'Event', 'About', 'Zaps'].map((title) => (
          <th key={title} scope="col" role="columnheader">
            {title}
          </th>
        ))}
      </tr>
    </thead>
    <tbody role="rowgroup">
      {events.map((event) => (
        <tr key={event.number} role="row">
          <td role="cell" class="when">
            <Time at={event.envelope.received_at} now={now} />
          </td>
          <td role="cell" class="what">
            <PageLink id={`event-${event.number}`} to={{ view: 'events', event: event.number, filters }}>
              {deliveryText(event.envelope.actions)}
            </PageLink>
            {event.is_repeat && <span class="tag">repeat</span>}
          </td>
          <td role="cell">
            <div class="about">
              <About event={event} opened={opened.get(event.envelope.delivery_id)} />
            </div>
          </td>
          <td role="cell" class="fates">
            <Fates event={event} names={zapNames} isForged={session.verdictOn(event.envelope.delivery_id) === false} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);
