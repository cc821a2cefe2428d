import { useEffect, useRef, useState } from 'preact/hooks';

import {
  MAX_SENT_AGAIN,
  type EventConditions,
  type SendAgainRequest,
  type SendAgainResponse,
} from '../../wire/console-api.ts';
import { RequestFailed } from '../relay-client.ts';
import type { Session } from '../session.ts';
import { counted } from '../times.ts';
import { TryNow } from './try-now.tsx';

/** The events to send again: one event to one Zap, or all events that meet conditions. */
type SendAgainTarget =
  | { readonly number: number; readonly zap: string; readonly zapName: string }
  | { readonly conditions: EventConditions };

/** The range of events that one request considers. */
type Range = Pick<Extract<SendAgainRequest, { readonly conditions: EventConditions }>, 'after' | 'up_to'>;

const STEP_TEXTS = {
  counting: 'Counting …',
  sending: 'Sending …',
  failed: 'The relay did not respond. It is unknown whether the events were sent. Close this dialog and try again.',
  conflict: 'Other events are still being sent again. Wait until they have arrived, then try again.',
  'no-zap':
    'The Zap is off, and no Zap with the same trigger and choices is on. Turn one on in Zapier, then press Send again.',
} as const;

type Step =
  | { readonly kind: keyof typeof STEP_TEXTS }
  | { readonly kind: 'counted'; readonly counts: SendAgainResponse; readonly range: Range }
  | { readonly kind: 'sent'; readonly counts: SendAgainResponse };

const requestOf = (target: SendAgainTarget) =>
  'number' in target ? { number: target.number, zap: target.zap } : { conditions: target.conditions };

/** Describes the number of events to be sent. */
function question(target: SendAgainTarget, { deliveries, events, waiting, next }: SendAgainResponse): string {
  if (deliveries === 0) {
    return waiting > 0
      ? 'The events are still waiting for their Zaps.'
      : 'No Zap that is on wants these events, or their contents are no longer stored.';
  }
  if ('number' in target) return `This event will be sent to ${target.zapName} again.`;
  const runs =
    deliveries === events
      ? ''
      : `, to several Zaps each: ${counted(deliveries, 'delivery').replace(/ys$/, 'ies')} in all`;
  const limit =
    next === null ? '' : ` More may match the filters. At most ${MAX_SENT_AGAIN} are sent at once, the oldest first.`;
  return `${counted(events, 'event')} will be sent again${runs}.${limit}`;
}

/** Returns the range that follows the one of a response. */
const rangeAfter = ({ next, up_to }: SendAgainResponse): Range => ({ after: next ?? 0, up_to });

interface SendAgainProps {
  readonly session: Session;
  readonly target: SendAgainTarget;
  /** Label that names the target for screen readers. */
  readonly label: string;
  /** True if there is nothing to send. If a dialog is already open, it stays open. */
  readonly isDisabled: boolean;
  readonly children: string;
}

/** A button that sends events again, after a dialog that states their number. */
export function SendAgain({ session, target, label, isDisabled, children }: SendAgainProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [step, setStep] = useState<Step | null>(null);
  useEffect(() => {
    if (step && dialog.current?.open === false) dialog.current.showModal();
  }, [step]);

  /** Number of the latest run. Closing the dialog ends a run. A run that has ended does not change the page. */
  const newestRun = useRef(0);
  const request = (isDryRun: boolean, range: Range) =>
    session.sendAgain({ dry_run: isDryRun, ...requestOf(target), ...('conditions' in target && range) });

  /**
   * Counts the events to send in a range. Continues after the part that a response covers until there is something to send.
   */
  const count = async (first: Range, isStale: () => boolean): Promise<Step> => {
    let range = first;
    let waiting = 0;
    for (;;) {
      const counts = await request(true, range);
      waiting += counts.waiting;
      // A response that does not advance would cause an infinite loop.
      if (isStale() || counts.deliveries > 0 || counts.next === null || counts.next === range.after) {
        return { kind: 'counted', counts: { ...counts, waiting }, range: { ...range, up_to: counts.up_to } };
      }
      range = rangeAfter(counts);
    }
  };
  const run = async (isDryRun: boolean, range: Range) => {
    const number = ++newestRun.current;
    const isStale = () => number !== newestRun.current;
    const show = (next: Step) => {
      if (!isStale()) setStep(next);
    };
    show({ kind: isDryRun ? 'counting' : 'sending' });
    try {
      show(isDryRun ? await count(range, isStale) : { kind: 'sent', counts: await request(false, range) });
    } catch (error) {
      const isConflict = error instanceof RequestFailed && error.reason === 'conflict';
      // A request that only counts events cannot meet events that are still being sent.
      show({ kind: isConflict ? (isDryRun ? 'no-zap' : 'conflict') : 'failed' });
    }
  };
  // A disabled button could not receive the focus when the dialog closes.
  const open = () => {
    if (!isDisabled) void run(true, {});
  };
  const isReady = step?.kind === 'counted' && step.counts.deliveries > 0;
  return (
    <>
      <button type="button" aria-label={label} aria-haspopup="dialog" aria-disabled={isDisabled} onClick={open}>
        {children}
      </button>
      {step && (
        <dialog
          ref={dialog}
          aria-label="Send again"
          onClose={() => {
            newestRun.current++;
            setStep(null);
          }}
        >
          <h2>Send again</h2>
          <div role="status">
            {!('counts' in step) && <p>{STEP_TEXTS[step.kind]}</p>}
            {step.kind === 'counted' && <p>{question(target, step.counts)}</p>}
            {isReady && (
              <p class="quiet">
                The Zap runs again for each event, which may use tasks at Zapier. Records keep their Event ID.
              </p>
            )}
            {step.kind === 'sent' && (
              <p>
                {counted(step.counts.events, 'event')} will be sent again shortly.
                {step.counts.waiting > 0 && ` ${counted(step.counts.waiting, 'other')} were waiting already.`}
              </p>
            )}
          </div>
          <p class="buttons">
            {isReady && (
              <button type="button" class="primary" onClick={() => void run(false, step.range)}>
                Send {counted(step.counts.events, 'event')} again
              </button>
            )}
            {step.kind === 'sent' && step.counts.next !== null && (
              <button type="button" onClick={() => void run(true, rangeAfter(step.counts))}>
                Count the next events
              </button>
            )}
            {step.kind === 'counted' && (
              <TryNow
                session={session}
                zap={('number' in target ? target.zap : target.conditions.zap) ?? null}
                isPending={step.counts.deliveries === 0 && step.counts.waiting > 0}
                name="these events"
              />
            )}
            <button type="button" onClick={() => dialog.current?.close()}>
              {isReady ? 'Cancel' : 'Close'}
            </button>
          </p>
        </dialog>
      )}
    </>
  );
}
