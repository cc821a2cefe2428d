import { useEffect } from 'preact/hooks';

import { DEFAULT_LISTED_EVENTS } from '../../wire/console-api.ts';
import { csvOf } from '../event-csv.ts';
import { eventsWithWords, searchWords } from '../name-search.ts';
import { isFiltered, type Filters } from '../filters.ts';
import type { Channel, Session } from '../session.ts';
import { counted, dayAndTime } from '../times.ts';
import { Chart } from './chart.tsx';
import { EventTable } from './event-table.tsx';
import { FilterBar, OutcomeButtons } from './filter-bar.tsx';
import { Folded } from './folded.tsx';
import { SendAllAgain } from './send-all-again.tsx';

/** The part of the list's state that is not in the URL, because the URL must not contain names. */
interface ListView {
  readonly search: string;
  /** Maximum number of events in the table. */
  readonly shown: number;
}

export const INITIAL_LIST_VIEW: ListView = { search: '', shown: DEFAULT_LISTED_EVENTS };

/** Saves text as a file. The page creates the file itself, without a request. */
function download(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The progress of loading the list. */
interface Progress {
  /** Number of loaded events. */
  readonly loaded: number;
  readonly hasOlder: boolean;
  /** True while the page loads all older events. */
  readonly isLoadingAll: boolean;
  /** True while a search requires several requests. Some of these requests find no events. */
  readonly isSearchingOn: boolean;
  /** Day and time of the oldest event that was searched. */
  readonly searchedFrom: string;
}

function progressOf({ list, loading }: Session['state'], filters: Filters, now: number): Progress {
  const loaded = list?.events.length ?? 0;
  const isLoadingAll = loading === 'all';
  return {
    loaded,
    hasOlder: list !== null && list.next !== null,
    isLoadingAll,
    isSearchingOn: isLoadingAll || (loading === 'page' && (isFiltered(filters) || loaded === 0)),
    searchedFrom: dayAndTime(list?.searchedFrom ?? now, now),
  };
}

/**
 * Describes the number of events in the list, such as "3 of 50 events loaded".
 *
 * @param found - number of loaded events that match the search; null without a search
 */
function statusText({ loaded, hasOlder, isSearchingOn }: Progress, found: number | null): string {
  if (isSearchingOn) return 'Searching …';
  const count = counted(loaded, 'event') + (hasOlder ? ' loaded' : '');
  return found === null ? count : `${found.toLocaleString('en')} of ${count}`;
}

/** Returns the text for an empty list, which states the reason. */
function emptyText({ hasOlder, searchedFrom }: Progress, filters: Filters, names: Channel['names'], isSearch: boolean) {
  if (isSearch) return 'No event contains these words in its names.';
  if (filters.zap !== null && !names.has(filters.zap)) return 'This Zap is off, and its events are no longer stored.';
  if (hasOlder) return `There is no such event since ${searchedFrom}. Press “Load more” to search older events.`;
  return isFiltered(filters) ? 'No stored event matches these filters.' : 'No event is stored.';
}

interface SearchProgressProps {
  readonly session: Session;
  readonly progress: Progress;
  readonly isSearch: boolean;
}

/** The progress of a search, with a button that stops or continues the search. */
function SearchProgress({ session, progress, isSearch }: SearchProgressProps) {
  const { loaded, hasOlder, isLoadingAll, isSearchingOn, searchedFrom } = progress;
  if (isSearchingOn) {
    return (
      <p class="quiet">
        {counted(loaded, 'event')} {isLoadingAll ? 'opened' : 'found'}, back to {searchedFrom}{' '}
        <button onClick={() => session.stopLoading()}>Stop</button>
      </p>
    );
  }
  if (!isSearch || !hasOlder) return null;
  return <button onClick={() => void session.loadOlder('all')}>Search older events</button>;
}

interface EventsViewProps extends Channel {
  readonly filters: Filters;
  readonly onFilter: (changes: Partial<Filters>) => void;
  readonly view: ListView;
  readonly onView: (changes: Partial<ListView>) => void;
}

/**
 * The chart, the filters and the list of events. The function is long because it arranges these parts, which share the
 * search and the progress.
 */
export function EventsView({ filters, onFilter, view, onView, ...channel }: EventsViewProps) {
  const { session, names, hours, now } = channel;
  const { list, loading } = session.state;
  const words = searchWords(view.search);
  const isSearch = words.length > 0;
  const matchingEvents = () => eventsWithWords(session.state.list?.events ?? [], words);
  const events = matchingEvents();
  const hasEvents = events.length > 0;
  const progress = progressOf(session.state, filters, now);
  const { hasOlder, isLoadingAll, isSearchingOn } = progress;

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
    const text = csvOf(matchingEvents(), channel, (id) => session.verdictOn(id) === false);
    download(`tutorcruncher-events-${new Date(now).toISOString().slice(0, 10)}.csv`, text);
  };

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
      {list?.events.some(({ opened }) => opened.kind === 'newer-key') && (
        <p class="note">
          Events without names are sealed with a key that is newer than your link. Open a fresh link in the Zap editor.
        </p>
      )}
      <div class="list-head">
        <h2 tabIndex={-1}>Events</h2>
        <p role="status">{list ? statusText(progress, isSearch ? events.length : null) : 'Loading …'}</p>
        <SearchProgress session={session} progress={progress} isSearch={isSearch} />
        <SendAllAgain session={session} filters={filters} now={now} hasEvents={hasEvents} isSearch={isSearch} />
        {hasEvents && (
          <button disabled={isLoadingAll} onClick={() => void exportEvents()}>
            Export CSV
          </button>
        )}
      </div>
      {hasEvents && <EventTable events={events.slice(0, view.shown)} filters={filters} {...channel} />}
      {list && !hasEvents && !isSearchingOn && <p class="note">{emptyText(progress, filters, names, isSearch)}</p>}
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
