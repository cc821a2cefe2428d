import type { ComponentChildren } from 'preact';

import type { ConsoleZap, Outcome } from '../../wire/console-api.ts';
import { outcomeText } from '../outcome-words.ts';
import { eventsWith } from '../page-state.ts';
import type { Channel } from '../session.ts';
import { agoText, counted, dueText, durationText, MINUTE_MS } from '../times.ts';
import { optionsText, zapNumber } from '../zap-names.ts';
import { Badge } from './badge.tsx';
import { EditorLink } from './editor-link.tsx';
import { PageLink } from './page-link.tsx';
import { Time } from './time.tsx';
import { TryNow } from './try-now.tsx';

interface ZapProps {
  readonly zap: ConsoleZap;
  readonly now: number;
}

/** The state of a Zap as text. */
function ZapState({ zap, now }: ZapProps) {
  if (zap.paused_since !== null) {
    return <Badge outcome="waiting">Paused by the relay's operator for {durationText(now - zap.paused_since)}</Badge>;
  }
  if (zap.failing_since === null) {
    return <Badge outcome="delivered">{zap.is_sending_again ? 'Sending events again' : 'Working'}</Badge>;
  }
  return (
    <>
      <Badge outcome="failed">Failing for {durationText(now - zap.failing_since)}</Badge>
      <span class="quiet">
        {counted(zap.failures, 'failed attempt')}
        {zap.last_failure_text !== null && `; ${zap.last_failure_text}`}
        {zap.next_attempt_at !== null && `; next attempt ${dueText(zap.next_attempt_at, now)}`}
      </span>
    </>
  );
}

function Waiting({ zap, now }: ZapProps) {
  if (zap.pending === 0) return 'None';
  const since = now - (zap.oldest_pending_at ?? now);
  const events = counted(zap.pending, 'event') + (since >= MINUTE_MS ? ` for up to ${durationText(since)}` : '');
  const link = (outcome: Outcome, text: string) => (
    <PageLink to={eventsWith({ zap: zap.id, outcome })}>{text}</PageLink>
  );
  if (zap.failing_since === null) return link('waiting', events);
  // The outcome filter accepts a single outcome, so failed and waiting events need separate links. The number of events
  // behind each link is unknown.
  return (
    <>
      {events}: {link('failed', outcomeText('failed'))}, {link('waiting', outcomeText('waiting'))}
    </>
  );
}

function ZapItem({ zap, now, names, session }: ZapProps & Channel) {
  const givenUp = eventsWith({ zap: zap.id, outcome: 'given_up' });
  const facts: readonly (readonly [title: string, value: ComponentChildren])[] = [
    ['On since', <Time at={zap.created_at} now={now} />],
    ['Last success', zap.last_success_at === null ? 'None yet' : agoText(zap.last_success_at, now)],
    ['Waiting', <Waiting zap={zap} now={now} />],
    [
      outcomeText('given_up'),
      zap.dead_letters === 0 ? 'None' : <PageLink to={givenUp}>{counted(zap.dead_letters, 'event')}</PageLink>,
    ],
  ];
  return (
    <li>
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
        {facts.map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="buttons">
        <TryNow
          session={session}
          zap={zap.id}
          isPending={zap.next_attempt_at !== null && zap.paused_since === null}
          name={names.get(zap.id) ?? ''}
        />
        <PageLink to={eventsWith({ zap: zap.id })}>Its events</PageLink>
        <EditorLink zap={zap}>Open in Zapier</EditorLink>
      </p>
    </li>
  );
}

/** The Zaps that are on. */
export function ZapList(channel: Channel) {
  const { zaps } = channel;
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
        {zaps.map((zap) => (
          <ZapItem key={zap.id} zap={zap} {...channel} />
        ))}
      </ul>
    </>
  );
}
