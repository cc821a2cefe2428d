import { useState } from 'preact/hooks';

import type { OverviewResponse } from '../../wire/console-api.ts';
import { TRIGGERS } from '../event-words.ts';
import { searchedText } from '../opened-delivery.ts';
import { conditionsOf, isFiltered, type Filters } from '../page-state.ts';
import type { Session } from '../session.ts';
import { counted } from '../times.ts';
import { Chart } from './chart.tsx';
import { EventTable } from './event-table.tsx';
import { FilterBar, OutcomeButtons } from './filter-bar.tsx';
import { SendAgain } from './send-again.tsx';

export interface EventsViewProps {
  readonly session: Session;
  readonly overview: OverviewResponse;
  /** Names of the Zaps by their ids. */
  readonly names: ReadonlyMap<string, string>;
  readonly filters: Filters;
  readonly onFilter: (filters: Filters) => void;
}

/** The chart, the filters and the list of events. */
export function EventsView({ session, overview, names, filters, onFilter }: EventsViewProps) {
  const [search, setSearch] = useState('');
  const { list, names: openedNames, isLoadingMore } = session.state;
  const { hours, now } = overview;
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const loaded = list?.events ?? [];
  const events = loaded.filter(({ envelope }) => {
    const text = searchedText(openedNames.get(envelope.delivery_id));
    return words.every((word) => text.includes(word));
  });
  const isSealed = loaded.some(({ envelope }) => openedNames.get(envelope.delivery_id)?.kind === 'newer-key');
  const found =
    words.length > 0
      ? `${counted(events.length, 'event')} of the ${loaded.length} loaded`
      : counted(events.length, 'event');

  return (
    <>
      <OutcomeButtons filters={filters} hours={hours} onFilter={onFilter} />
      <Chart
        hours={hours}
        now={now}
        selected={typeof filters.when === 'number' ? filters.when : null}
        onSelect={(when) => {
          onFilter({ ...filters, when });
        }}
      />
      <FilterBar filters={filters} names={names} now={now} search={search} onFilter={onFilter} onSearch={setSearch} />
      {isSealed && (
        <p class="note">
          Events without names are sealed with a key that is newer than your link. Open a fresh link in the Zap editor.
        </p>
      )}
      <div class="list-head">
        <p role="status">
          {list ? `${found}${list.next !== null && words.length === 0 ? ' loaded' : ''}` : 'Loading …'}
        </p>
        {words.length === 0 && isFiltered(filters) && (
          <SendAgain
            session={session}
            target={{ conditions: conditionsOf(filters, TRIGGERS, now) }}
            label="Send all again: the events that match the filters"
            isDisabled={events.length === 0}
          >
            Send all again
          </SendAgain>
        )}
      </div>
      {events.length > 0 && (
        <EventTable events={events} opened={openedNames} zapNames={names} filters={filters} now={now} />
      )}
      {list && events.length === 0 && (
        <p class="note">
          {words.length > 0
            ? 'No loaded event contains this name.'
            : filters.zap !== null && !names.has(filters.zap)
              ? 'This Zap is off, and its events are no longer stored.'
              : isFiltered(filters)
                ? 'No stored event matches these filters.'
                : 'No event is stored.'}
          {list.next !== null && ' There are older events: load more.'}
        </p>
      )}
      {(list?.next ?? null) !== null && (
        <p class="more">
          <button type="button" disabled={isLoadingMore} onClick={() => void session.loadMore()}>
            {isLoadingMore ? 'Loading …' : 'Load more'}
          </button>
        </p>
      )}
    </>
  );
}
