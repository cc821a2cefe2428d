import type { NamedEvent } from '../event-list.ts';
import { deliveryText, eventRow } from '../event-words.ts';
import type { Filters } from '../filters.ts';
import { outcomeTextAtZap } from '../outcome-words.ts';
import type { Channel } from '../session.ts';
import { counted } from '../times.ts';
import { UNKNOWN_ZAP } from '../zap-names.ts';
import { Badge } from './badge.tsx';
import { PageLink } from './page-link.tsx';
import { TableHead } from './table-head.tsx';
import { Time } from './time.tsx';

/** Maximum number of Zaps that a row lists by name. */
const MAX_NAMED_ZAPS = 3;

/** The record that an event is about. */
function About({ event }: { readonly event: NamedEvent }) {
  const { about, others, people } = eventRow(event);
  const { kind } = event.opened;
  if (kind !== 'opened')
    return <span class="quiet">{kind === 'large' ? 'Open the event to see the name' : about}</span>;
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

interface OutcomesProps extends Pick<Channel, 'names'>, Pick<NamedEvent, 'zaps'> {
  readonly isForged: boolean;
}

/** The outcome of an event for each Zap whose trigger selects the event. */
const Outcomes = ({ zaps, names, isForged }: OutcomesProps) => (
  <>
    {zaps.length === 0 && (
      <span class="zap-outcome">
        <Badge outcome="not_wanted" isForged={isForged} />
      </span>
    )}
    {zaps.slice(0, MAX_NAMED_ZAPS).map(({ zap, outcome, is_sent_again }) => (
      <span key={zap} class="zap-outcome">
        <Badge outcome={outcome} isForged={isForged}>
          {outcomeTextAtZap(outcome, isForged)}
        </Badge>{' '}
        <bdi class="quiet">{names.get(zap) ?? UNKNOWN_ZAP}</bdi>
        {is_sent_again && <span class="tag">sent again</span>}
      </span>
    ))}
    {zaps.length > MAX_NAMED_ZAPS && (
      <span class="quiet">and {counted(zaps.length - MAX_NAMED_ZAPS, 'other Zap')}</span>
    )}
  </>
);

interface EventTableProps extends Channel {
  readonly events: readonly NamedEvent[];
  readonly filters: Filters;
}

/** The table of events. On narrow screens, the rows are displayed as cards. {@link TableHead} explains the roles. */
export const EventTable = ({ events, filters, names, session, now }: EventTableProps) => (
  <table class="list" role="table">
    <caption class="unseen">Events, newest first</caption>
    <TableHead titles={['Time', 'Event', 'About', 'Zaps']} />
    <tbody role="rowgroup">
      {events.map((event) => {
        const { number, zaps, is_repeat } = event;
        const { delivery_id: id, received_at, actions } = event.envelope;
        return (
          <tr key={number} role="row">
            <td role="cell" class="when">
              <Time at={received_at} now={now} />
            </td>
            <td role="cell" class="what">
              <PageLink id={`event-${number}`} to={{ view: 'events', event: number, filters }}>
                {deliveryText(actions)}
              </PageLink>
              {is_repeat && <span class="tag">repeat</span>}
            </td>
            <td role="cell">
              <div class="about">
                <About event={event} />
              </div>
            </td>
            <td role="cell" class="at-zaps">
              <Outcomes zaps={zaps} names={names} isForged={session.verdictOn(id) === false} />
            </td>
          </tr>
        );
      })}
    </tbody>
  </table>
);
