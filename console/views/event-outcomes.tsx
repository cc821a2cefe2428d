import { useState } from 'preact/hooks';

import type { EventAtZapInDetail } from '../../wire/console-api.ts';
import type { LoadedDetail } from '../opened-event.ts';
import type { NamedEvent } from '../event-list.ts';
import { eventRow } from '../event-words.ts';
import { FORGED_TEXTS, outcomeTextAtZap } from '../outcome-words.ts';
import { eventsWith } from '../page-state.ts';
import type { Channel } from '../session.ts';
import { clockTime, counted, dayAndTime, dueText, responseTime } from '../times.ts';
import { UNKNOWN_ZAP } from '../zap-names.ts';
import { Badge } from './badge.tsx';
import { EditorLink } from './editor-link.tsx';
import { PageLink } from './page-link.tsx';
import { SendAgain } from './send-again.tsx';
import { TableHead } from './table-head.tsx';
import { Time } from './time.tsx';
import { TryNow } from './try-now.tsx';

interface AttemptsProps extends Pick<EventAtZapInDetail, 'attempts'>, Pick<LoadedDetail, 'responses'> {
  readonly now: number;
}

const Attempts = ({ attempts, responses, now }: AttemptsProps) => (
  <table class="attempts">
    <caption class="unseen">Attempts</caption>
    <TableHead titles={['Attempt', 'Time', 'Response']} />
    <tbody>
      {attempts.map(({ number, at, failure_text, response, duration_ms, is_sent_again }) => (
        <tr key={number}>
          <td>{number}</td>
          <td>
            <Time at={at} now={now} />
          </td>
          <td>
            {failure_text ?? 'Zapier accepted the event'}
            <span class="quiet"> after {responseTime(duration_ms)}</span>
            {is_sent_again && <span class="tag">sent again</span>}
            {responses.get(response ?? '') && (
              <details>
                <summary>Zapier's response</summary>
                <pre tabIndex={0} dir="auto">
                  {responses.get(response ?? '')}
                </pre>
              </details>
            )}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** A link to the event that delays the displayed event. */
function EventBefore({ event, now }: { readonly event: NamedEvent; readonly now: number }) {
  const { event: kind, about } = eventRow(event);
  return (
    <>
      An earlier event, which Zapier has not accepted yet, comes first:{' '}
      <PageLink to={{ ...eventsWith({}), event: event.number }}>
        {kind}, <bdi>{about}</bdi>
      </PageLink>{' '}
      ({dayAndTime(event.envelope.received_at, now)}).
    </>
  );
}

interface EventOutcomesProps extends Channel {
  readonly detail: LoadedDetail;
  /** True if, according to the connector, the event is signed with a different private key. */
  readonly isForged: boolean;
}

interface ZapOutcomeProps extends EventOutcomesProps {
  readonly atZap: EventAtZapInDetail;
  /** True if the event has been sent to a different Zap. The row is kept, so that an open dialog stays open. */
  readonly isMoved: boolean;
}

function ZapOutcome({ atZap, isMoved, detail, isForged, zaps, ended_zaps, names, now, session }: ZapOutcomeProps) {
  const { zap: id, outcome } = atZap;
  const zap = zaps.find((each) => each.id === id);
  const known = zap ?? ended_zaps.find((each) => each.id === id);
  const name = names.get(id) ?? UNKNOWN_ZAP;
  const isFailing = zap !== undefined && zap.failing_since !== null && zap.paused_since === null;
  const before = detail.before.get(atZap.behind?.number ?? 0);
  const isRetried = outcome === 'failed' || (outcome === 'waiting' && isFailing);
  return (
    <li>
      <h3>
        {name} {atZap.is_sent_again && <span class="tag">sent again</span>}
      </h3>
      <p>
        {isMoved ? (
          'The event was sent to another Zap.'
        ) : (
          <>
            <Badge outcome={outcome} isForged={isForged}>
              {outcomeTextAtZap(outcome, isForged)}
            </Badge>{' '}
            {isForged ? FORGED_TEXTS[outcome] : atZap.explanation} {before && <EventBefore event={before} now={now} />}
            {atZap.next_attempt_at !== null &&
              ` The next attempt is due ${dueText(atZap.next_attempt_at, now)} (${clockTime(atZap.next_attempt_at)}).`}
          </>
        )}
      </p>
      {atZap.attempts.length > 0 && <Attempts attempts={atZap.attempts} responses={detail.responses} now={now} />}
      <p class="buttons">
        {zap && <TryNow session={session} zap={id} isPending={isRetried} name={name} />}
        {(zap ?? (known && outcome === 'given_up')) && (
          <SendAgain
            session={session}
            target={{
              number: detail.number,
              zap: id,
              zapName: zap ? name : 'a Zap with the same trigger and choices',
            }}
            label={`Send again to ${name}`}
            isDisabled={isMoved || outcome === 'waiting'}
            isHidden={isRetried || isForged}
          >
            Send again
          </SendAgain>
        )}
        <EditorLink zap={known}>Open the Zap in Zapier</EditorLink>
      </p>
    </li>
  );
}

/** The outcome of an event for each Zap. */
export function EventOutcomes(props: EventOutcomesProps) {
  const { detail, isForged, zaps, names } = props;
  const { zaps: outcomes } = detail;
  const [firstOutcomes] = useState(outcomes);
  const isListed = (id: string) => outcomes.some(({ zap }) => zap === id);
  const moved = firstOutcomes.filter(({ zap, outcome }) => outcome === 'given_up' && !isListed(zap));
  const others = zaps.filter(({ id }) => !isListed(id));
  return (
    <section class="zap-outcomes" aria-labelledby="zap-outcomes">
      <h2 id="zap-outcomes">Zaps</h2>
      {outcomes.length === 0 && (
        <p>
          <Badge outcome="not_wanted" isForged={isForged} />{' '}
          {isForged
            ? FORGED_TEXTS.not_wanted
            : 'No Zap that was on wanted this event. To receive such events, turn on a Zap with a matching trigger.'}
        </p>
      )}
      <ul>
        {[...outcomes, ...moved].map((atZap) => (
          <ZapOutcome key={atZap.zap} atZap={atZap} isMoved={moved.includes(atZap)} {...props} />
        ))}
      </ul>
      {others.length > 0 && outcomes.length > 0 && (
        <p class="quiet">
          {counted(others.length, 'other Zap')} did not want this event:{' '}
          {others.map(({ id }) => names.get(id)).join('; ')}.
        </p>
      )}
      {!isForged && outcomes.some(({ outcome }) => outcome === 'delivered') && (
        <p class="quiet">
          Delivered means that Zapier accepted the event.{' '}
          <a href="https://zapier.com/app/history" target="_blank" rel="noreferrer">
            Zap history
          </a>{' '}
          shows what the Zap did with it, and whether one of its further steps failed.
        </p>
      )}
    </section>
  );
}
