import { useState } from 'preact/hooks';

import type { ConsoleAttempt, ConsoleZap, EndedZap, EventAtZapInDetail } from '../../wire/console-api.ts';
import type { LoadedDetail } from '../detail.ts';
import type { Session } from '../session.ts';
import { counted, dueText, responseTime } from '../times.ts';
import { editorUrl } from '../zap-words.ts';
import { Icon } from './icon.tsx';
import { OutcomeBadge } from './outcome-badge.tsx';
import { SendAgain } from './send-again.tsx';
import { Time } from './time.tsx';
import { TryNow } from './try-now.tsx';

interface AttemptsProps {
  readonly attempts: readonly ConsoleAttempt[];
  readonly responses: LoadedDetail['responses'];
  readonly now: number;
}

const Attempts = ({ attempts, responses, now }: AttemptsProps) => (
  <table class="attempts">
    <caption class="unseen">Attempts</caption>
    <thead>
      <tr>
        <th scope="col">Attempt</th>
        <th scope="col">Time</th>
        <th scope="col">Response</th>
      </tr>
    </thead>
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

interface FateProps {
  readonly fate: EventAtZapInDetail;
  /** True if the event has been sent to another Zap. The row stays, so that the open dialog stays open. */
  readonly isMoved: boolean;
  /** Undefined if the relay does not know the Zap any more. */
  readonly zap: ConsoleZap | EndedZap | undefined;
  readonly name: string;
  readonly detail: LoadedDetail;
  readonly isForged: boolean;
  readonly now: number;
  readonly session: Session;
}

function Fate({ fate, isMoved, zap, name, detail, isForged, now, session }: FateProps) {
  const editor = zap ? editorUrl(zap) : null;
  const isOn = zap !== undefined && !('ended_at' in zap);
  const isFailing = isOn && zap.failing_since !== null && zap.paused_since === null;
  const isRetried = fate.outcome === 'failed' || (fate.outcome === 'waiting' && isFailing);
  return (
    <li>
      <h3>
        {name} {fate.is_sent_again && <span class="tag">sent again</span>}
      </h3>
      <p>
        {isMoved ? (
          'The event was sent to another Zap.'
        ) : (
          <>
            <OutcomeBadge outcome={fate.outcome} isForged={isForged} />{' '}
            {isForged && fate.outcome === 'delivered' ? 'The Zap refused the event.' : fate.explanation}
            {fate.next_attempt_at !== null && ` The next attempt is due ${dueText(fate.next_attempt_at, now)}.`}
          </>
        )}
      </p>
      {fate.attempts.length > 0 && <Attempts attempts={fate.attempts} responses={detail.responses} now={now} />}
      <p class="buttons">
        {isOn && <TryNow session={session} zap={fate.zap} isPending={isRetried} name={name} />}
        {!isRetried && (isOn || (zap !== undefined && fate.outcome === 'given_up')) && (
          <SendAgain
            session={session}
            target={{
              number: detail.number,
              zap: fate.zap,
              zapName: isOn ? name : 'a Zap with the same trigger and choices',
            }}
            label={`Send again to ${name}`}
            isDisabled={isMoved || fate.outcome === 'waiting'}
          >
            Send again
          </SendAgain>
        )}
        {editor !== null && (
          <a class="outside" href={editor} target="_blank" rel="noreferrer">
            Open the Zap in Zapier
            <Icon name="outside" />
          </a>
        )}
      </p>
    </li>
  );
}

export interface EventFatesProps {
  readonly detail: LoadedDetail;
  /** True if the connector found that the event is signed with another private key. */
  readonly isForged: boolean;
  readonly zaps: readonly ConsoleZap[];
  readonly endedZaps: readonly EndedZap[];
  /** Names of the Zaps by their ids. */
  readonly names: ReadonlyMap<string, string>;
  readonly now: number;
  readonly session: Session;
}

/** The outcome of an event for each Zap. */
export function EventFates({ detail, isForged, zaps, endedZaps, names, now, session }: EventFatesProps) {
  const { zaps: fates } = detail;
  const [firstFates] = useState(fates);
  const moved = firstFates.filter(
    ({ zap, outcome }) => outcome === 'given_up' && !fates.some((fate) => fate.zap === zap),
  );
  const isWanted = (zap: ConsoleZap) => fates.some((fate) => fate.zap === zap.id);
  const others = zaps.filter((zap) => !isWanted(zap));
  return (
    <section class="fates" aria-labelledby="fates">
      <h2 id="fates">Zaps</h2>
      {fates.length === 0 && (
        <p>
          <OutcomeBadge outcome="not_wanted" /> No Zap that was on wanted this event. To receive such events, turn on a
          Zap with a matching trigger.
        </p>
      )}
      <ul>
        {[...fates, ...moved].map((fate) => (
          <Fate
            key={fate.zap}
            fate={fate}
            isMoved={moved.includes(fate)}
            zap={[...zaps, ...endedZaps].find(({ id }) => id === fate.zap)}
            name={names.get(fate.zap) ?? 'A Zap that is off'}
            detail={detail}
            isForged={isForged}
            now={now}
            session={session}
          />
        ))}
      </ul>
      {others.length > 0 && fates.length > 0 && (
        <p class="quiet">
          {counted(others.length, 'other Zap')} did not want this event:{' '}
          {others.map(({ id }) => names.get(id)).join('; ')}.
        </p>
      )}
      {!isForged && fates.some(({ outcome }) => outcome === 'delivered') && (
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
