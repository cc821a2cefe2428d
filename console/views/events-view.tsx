import { useEffect } from 'preact/hooks';

import { DEFAULT_LISTED_EVENTS } from '../../wire/console-api.ts';
import { csvOf } from '../event-csv.ts';
import { searchedText } from '../opened-delivery.ts';
import { conditionsOf, isFiltered, type Filters } from '../page-state.ts';
import type { Channel } from '../session.ts';
import { counted, dayAndTime } from '../times.ts';
import { Chart } from './chart.tsx';
import { EventTable } from './event-table.tsx';
import { FilterBar, OutcomeButtons } from './filter-bar.tsx';
import { Folded } from './folded.tsx';
import { SendAgain } from './send-again.tsx';
import { TryNow } from './try-now.tsx';

/** The part of the list's state that is not in the URL, because names must not be there. */
interface ListView {
  readonly search: string;
  /** Maximum number of events in the table. */
  readonly shown: number;
}

export const INITIAL_LIST_VIEW: ListView = { search: '', shown: DEFAULT_LISTED_EVENTS };

/** Saves text as a file, which the page makes itself, so no request is sent. */
function download(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

interface EventsViewProps extends Channel {
  readonly filters: Filters;
  readonly onFilter: (changes: Partial<Filters>) => void;
  readonly view: ListView;
  readonly onView: (changes: Partial<ListView>) => void;
}

/** The chart, the filters and the list of events. */
export function EventsView({ filters, onFilter, view, onView, ...channel }: EventsViewProps) {
  const { session, names, hours, now } = channel;
  const { list, loading } = session.state;
  const words = view.search.toLowerCase().split(/\s+/).filter(Boolean);
  const isSearch = words.length > 0;
  const hasOlder = list !== null && list.next !== null;
  const isLoadingAll = loading === 'all';
  /** Returns the loaded events that contain the words of the search. */
  const matching = () =>
    (session.state.list?.events ?? []).filter(({ opened }) =>
      words.every((word) => searchedText(opened).includes(word)),
    );
  const loaded = list?.events ?? [];
  const events = matching();
  const isRetried = filters.outcome === 'failed' || filters.outcome === 'waiting';
  const isSealed = loaded.some(({ opened }) => opened.kind === 'newer-key');

  // Only the browser can read names, so a search opens all stored events.
  const isLoaded = list !== null;
  useEffect(() => {
    if (!isSearch || !isLoaded) return;
    void session.loadOlder('all');
    return () => session.stopLoading();
  }, [session, isSearch, isLoaded, view.search, filters]);

  const showMore = () => {
    const shown = view.shown + DEFAULT_LISTED_EVENTS;
    onView({ shown });
    if (events.length < shown && hasOlder) void session.loadOlder('page');
  };
  const exportEvents = async () => {
    await session.loadOlder('all');
    const text = csvOf(matching(), channel, (id) => session.verdictOn(id) === false);
    download(`tutorcruncher-events-${new Date(now).toISOString().slice(0, 10)}.csv`, text);
  };
  const count = counted(loaded.length, 'event') + (hasOlder ? ' loaded' : '');
  const found = isSearch ? `${events.length.toLocaleString('en')} of ` : '';
  // The relay searches in steps, which may find nothing for a while.
  const isSearchingOn = isLoadingAll || (loading === 'page' && (isFiltered(filters) || loaded.length === 0));
  const status = !list ? 'Loading …' : isSearchingOn ? 'Searching …' : found + count;
  const searchedFrom = dayAndTime(list?.searchedFrom ?? now, now);

  return (
    <>
      <OutcomeButtons filters={filters} hours={hours} onFilter={onFilter} />
      <Folded summary="Search, filters and chart">
        <Chart hours={hours} now={now} filters={filters} onFilter={onFilter} />
        <FilterBar
          filters={filters}
          names={names}
          now={now}
          search={view.search}
          onFilter={onFilter}
          onSearch={(search) => onView({ search })}
        />
      </Folded>
      {isSealed && (
        <p class="note">
          Events without names are sealed with a key that is newer than your link. Open a fresh link in the Zap editor.
        </p>
      )}
      <div class="list-head">
        <h2 tabIndex={-1}>Events</h2>
        <p role="status">{status}</p>
        {isSearchingOn ? (
          <p class="quiet">
            {counted(loaded.length, 'event')} {isLoadingAll ? 'opened' : 'found'}, back to {searchedFrom}{' '}
            <button onClick={() => session.stopLoading()}>Stop</button>
          </p>
        ) : (
          isSearch && hasOlder && <button onClick={() => void session.loadOlder('all')}>Search older events</button>
        )}
        {!isSearch && isRetried && (
          <TryNow session={session} zap={filters.zap} isPending={events.length > 0} name="all Zaps" />
        )}
        {!isSearch && !isRetried && isFiltered(filters) && (
          <SendAgain
            session={session}
            target={{ conditions: conditionsOf(filters, now) }}
            label="Send all again: the events that match the filters"
            isDisabled={events.length === 0}
          >
            Send all again
          </SendAgain>
        )}
        {events.length > 0 && (
          <button disabled={isLoadingAll} onClick={() => void exportEvents()}>
            Export CSV
          </button>
        )}
      </div>
      {events.length > 0 && <EventTable events={events.slice(0, view.shown)} filters={filters} {...channel} />}
      {list && events.length === 0 && !isSearchingOn && (
        <p class="note">
          {isSearch
            ? 'No event contains these words in its names.'
            : filters.zap !== null && !names.has(filters.zap)
              ? 'This Zap is off, and its events are no longer stored.'
              : hasOlder
                ? `There is no such event since ${searchedFrom}. Press “Load more” to search older events.`
                : isFiltered(filters)
                  ? 'No stored event matches these filters.'
                  : 'No event is stored.'}
        </p>
      )}
      {(events.length > view.shown || (hasOlder && !isSearch)) && (
        <p class="more">
          <button disabled={loading !== null} onClick={showMore}>
            {loading === null ? 'Load more' : 'Loading …'}
          </button>
        </p>
      )}
    </>
  );
}
