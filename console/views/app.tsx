import { useEffect, useState } from 'preact/hooks';

import { deliveryText } from '../event-words.ts';
import { healthOf } from '../health.ts';
import type { PageState } from '../page-state.ts';
import type { Channel, Session } from '../session.ts';
import { dayAndTime, VIEWER_ZONE_NAME } from '../times.ts';
import { zapNames } from '../zap-names.ts';
import { Brand } from './brand.tsx';
import { EventDetail } from './event-detail.tsx';
import { EventsView, INITIAL_LIST_VIEW } from './events-view.tsx';
import { focusContents, useFocus } from './focus.tsx';
import { HealthBanner } from './health-banner.tsx';
import { NoAccess } from './no-access.tsx';
import { outdatedTitle } from './outdated.tsx';
import { go, PageLink, usePageState } from './page-link.tsx';
import { useTitle } from './page-title.tsx';
import { ZapList } from './zap-list.tsx';

const Header = ({ page, zaps }: { readonly page: PageState; readonly zaps: number }) => (
  <header>
    <button class="skip" onClick={focusContents}>
      Skip to the contents
    </button>
    <Brand />
    <nav aria-label="Views">
      <PageLink to={{ ...page, view: 'events', event: null }} isCurrent={page.view === 'events'}>
        Events
      </PageLink>
      <PageLink to={{ ...page, view: 'zaps', event: null }} isCurrent={page.view === 'zaps'}>
        Zaps <span class="count">{zaps}</span>
      </PageLink>
    </nav>
  </header>
);

/** The page for a link that gives access to a channel. */
function Console({ session, page }: { readonly session: Session; readonly page: PageState }) {
  const { overview, link, detail, trouble } = session.state;
  const names = overview && zapNames(overview);
  const health = names && healthOf(overview, names);
  const event = detail?.kind === 'loaded' ? deliveryText(detail.envelope.actions) : 'Event';
  const headline = trouble === null ? health?.headline : outdatedTitle(trouble);
  useTitle(page.event !== null ? event : page.view === 'zaps' ? 'Zaps' : (headline ?? 'Loading'));
  useFocus(page);
  const [view, setView] = useState(INITIAL_LIST_VIEW);
  if (!health || !link) return <NoAccess access="opening" trouble={trouble} />;
  const { zaps, now } = overview;
  const channel: Channel = { ...overview, session, names };
  return (
    <>
      <Header page={page} zaps={zaps.length} />
      <main>
        {page.event !== null && detail ? (
          <EventDetail detail={detail} back={{ ...page, event: null }} {...channel} />
        ) : (
          <>
            <HealthBanner health={health} webhookUrl={overview.webhook_url} trouble={trouble} now={now} />
            {page.view === 'zaps' && <ZapList {...channel} />}
            {page.view === 'events' && health.level !== 'new' && (
              <EventsView
                filters={page.filters}
                onFilter={(changes) => go({ ...page, event: null, filters: { ...page.filters, ...changes } })}
                view={view}
                onView={(changes) => setView({ ...view, ...changes })}
                {...channel}
              />
            )}
          </>
        )}
      </main>
      <footer>
        Times are in {VIEWER_ZONE_NAME}. Names are decrypted in your browser; the relay cannot read them. This link
        works until {dayAndTime(link.expires_at, now)}.
      </footer>
    </>
  );
}

/** The whole page, which is rendered again after each change to the session. */
export function App({ session }: { readonly session: Session }) {
  const page = usePageState();
  const { access, trouble } = session.state;
  useEffect(() => {
    session.show(page);
  }, [session, page]);
  return access === 'open' ? <Console session={session} page={page} /> : <NoAccess access={access} trouble={trouble} />;
}
