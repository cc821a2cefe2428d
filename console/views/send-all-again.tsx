import { conditionsOf, isFiltered, type Filters } from '../filters.ts';
import type { Session } from '../session.ts';
import { SendAgain } from './send-again.tsx';
import { TryNow } from './try-now.tsx';

interface SendAllAgainProps {
  readonly session: Session;
  readonly filters: Filters;
  readonly now: number;
  readonly hasEvents: boolean;
  readonly isSearch: boolean;
}

/**
 * The button that sends all events in the list again. The button is missing during a search for names, because the
 * relay cannot read names and would also send events that the search excludes.
 */
export function SendAllAgain({ session, filters, now, hasEvents, isSearch }: SendAllAgainProps) {
  if (isSearch) return null;
  if (filters.outcome === 'failed' || filters.outcome === 'waiting') {
    return <TryNow session={session} zap={filters.zap} isPending={hasEvents} name="all Zaps" />;
  }
  if (!isFiltered(filters)) return null;
  return (
    <SendAgain
      session={session}
      target={{ conditions: conditionsOf(filters, now) }}
      label="Send all again: the events that match the filters"
      isDisabled={!hasEvents}
    >
      Send all again
    </SendAgain>
  );
}
