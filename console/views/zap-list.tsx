import type { ConsoleZap, Outcome } from '../../wire/console-api.ts';
import { NO_FILTERS, type PageState } from '../page-state.ts';
import type { Session } from '../session.ts';
import { agoText, counted, dueText, durationText, MINUTE_MS } from '../times.ts';
import { editorUrl, optionsText, OUTCOME_WORDS, zapNumber } from '../zap-words.ts';
import { Icon } from './icon.tsx';
import { PageLink } from './page-link.tsx';
import { Time } from './time.tsx';
import { TryNow } from './try-now.tsx';

/** The state of a Zap as text. */
function ZapState({ zap, now }: { readonly zap: ConsoleZap; readonly now: number }) {
  if (zap.paused_since !== null) {
    return (
      <span class="badge waiting">
        <Icon name="waiting" />
        Paused by the relay's operator for {durationText(now - zap.paused_since)}
      </span>
    );
  }
  if (zap.failing_since !== null) {
    return (
      <>
        <span class="badge failed">
          <Icon name="failed" />
          Failing for {durationText(now - zap.failing_since)}
        </span>
        <span class="quiet">
          {counted(zap.failures, 'failed attempt')}
          {zap.last_failure_text !== null && `; ${zap.last_failure_text}`}
          {zap.next_attempt_at !== null && `; next attempt ${dueText(zap.next_attempt_at, now)}`}
        </span>
      </>
    );
  }
  return (
    <span class="badge delivered">
      <Icon name="delivered" />
      {zap.is_sending_again ? 'Sending events again' : 'Working'}
    </span>
  );
}

function Waiting({ zap, now }: { readonly zap: ConsoleZap; readonly now: number }) {
  if (zap.pending === 0) return <>None</>;
  const since = now - (zap.oldest_pending_at ?? now);
  const events = counted(zap.pending, 'event') + (since >= MINUTE_MS ? ` for up to ${durationText(since)}` : '');
  const to = (outcome: Outcome): PageState => ({
    view: 'events',
    event: null,
    filters: { ...NO_FILTERS, zap: zap.id, outcome },
  });
  if (zap.failing_since === null) return <PageLink to={to('waiting')}>{events}</PageLink>;
  // The filter accepts a single outcome, and the number of failed events is unknown.
  return (
    <>
      {events}: <PageLink to={to('failed')}>{OUTCOME_WORDS.failed}</PageLink>,{' '}
      <PageLink to={to('waiting')}>{OUTCOME_WORDS.waiting}</PageLink>
    </>
  );
}

export interface ZapListProps {
  readonly zaps: readonly ConsoleZap[];
  /** Names of the Zaps by their ids. */
  readonly names: ReadonlyMap<string, string>;
  readonly now: number;
  readonly session: Session;
}

/** The Zaps that are on. */
export function ZapList({ zaps, names, now, session }: ZapListProps) {
  if (zaps.length === 0) {
    return (
      <p class="note" tabIndex={-1}>
        No Zap is on. Turn on a Zap with a TutorCruncher trigger in Zapier, and it appears here.
      </p>
    );
  }
  return (
    <>
      <h2 tabIndex={-1}>{counted(zaps.length, 'Zap')} on</h2>
      <ul class="zaps">
        {zaps.map((zap) => {
          const editor = editorUrl(zap);
          return (
            <li key={zap.id}>
              <h3>
                <bdi>{names.get(zap.id)}</bdi>
              </h3>
              <p class="quiet">
                <bdi>{[optionsText(zap), zapNumber(zap)].filter(Boolean).join(' · ')}</bdi>
              </p>
              <p class="zap-state">
                <ZapState zap={zap} now={now} />
              </p>
              <dl>
                <div>
                  <dt>On since</dt>
                  <dd>
                    <Time at={zap.created_at} now={now} />
                  </dd>
                </div>
                <div>
                  <dt>Last success</dt>
                  <dd>{zap.last_success_at === null ? 'None yet' : agoText(zap.last_success_at, now)}</dd>
                </div>
                <div>
                  <dt>Waiting</dt>
                  <dd>
                    <Waiting zap={zap} now={now} />
                  </dd>
                </div>
                <div>
                  <dt>{OUTCOME_WORDS.given_up}</dt>
                  <dd>
                    {zap.dead_letters === 0 ? (
                      'None'
                    ) : (
                      <PageLink
                        to={{
                          view: 'events',
                          event: null,
                          filters: { ...NO_FILTERS, zap: zap.id, outcome: 'given_up' },
                        }}
                      >
                        {counted(zap.dead_letters, 'event')}
                      </PageLink>
                    )}
                  </dd>
                </div>
              </dl>
              <p class="buttons">
                <TryNow
                  session={session}
                  zap={zap.id}
                  isPending={zap.next_attempt_at !== null && zap.paused_since === null}
                  name={names.get(zap.id) ?? ''}
                />
                <PageLink to={{ view: 'events', event: null, filters: { ...NO_FILTERS, zap: zap.id } }}>
                  Its events
                </PageLink>
                {editor !== null && (
                  <a class="outside" href={editor} target="_blank" rel="noreferrer">
                    Open in Zapier
                    <Icon name="outside" />
                  </a>
                )}
              </p>
            </li>
          );
        })}
      </ul>
    </>
  );
}
