import { useEffect, useRef, useState } from 'preact/hooks';

import { MAX_SENT_AGAIN, type EventConditions, type SendAgainResponse } from '../../wire/console-api.ts';
import { RequestFailed } from '../relay-client.ts';
import type { Session } from '../session.ts';
import { counted } from '../times.ts';

/** The events to send again: one event to one Zap, or all that meet conditions. */
export type SendAgainTarget =
  | { readonly number: number; readonly zap: string; readonly zapName: string }
  | { readonly conditions: EventConditions };

type Step =
  | { readonly kind: 'busy' | 'counting' | 'failed' | 'sending' }
  | { readonly kind: 'counted' | 'sent'; readonly counts: SendAgainResponse };

const requestOf = (target: SendAgainTarget) =>
  'number' in target ? { number: target.number, zap: target.zap } : { conditions: target.conditions };

/** Returns the number that is about to be sent, in words. */
function question(target: SendAgainTarget, { deliveries, events, waiting, has_more }: SendAgainResponse): string {
  if (deliveries === 0) {
    return waiting > 0
      ? 'There is nothing to send again: the events are waiting for their Zaps already.'
      : 'There is nothing to send again: no Zap that is on wants these events, or their contents are no longer stored.';
  }
  if ('number' in target) return `This event will be sent to ${target.zapName} again.`;
  const runs =
    deliveries === events
      ? ''
      : `, to several Zaps each: ${counted(deliveries, 'delivery').replace(/ys$/, 'ies')} in all`;
  const limit = has_more ? ` More match the filters, but only the newest ${MAX_SENT_AGAIN} are sent at once.` : '';
  return `${counted(events, 'event')} will be sent again${runs}.${limit}`;
}

export interface SendAgainProps {
  readonly session: Session;
  readonly target: SendAgainTarget;
  /** Names the target for screen readers. */
  readonly label: string;
  /** True if there is nothing to send. An open dialog stays open. */
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

  const run = async (isDryRun: boolean, upTo?: number) => {
    setStep({ kind: isDryRun ? 'counting' : 'sending' });
    try {
      const limit = 'conditions' in target && upTo !== undefined ? { up_to: upTo } : {};
      const counts = await session.sendAgain({ dry_run: isDryRun, ...requestOf(target), ...limit });
      setStep({ kind: isDryRun ? 'counted' : 'sent', counts });
    } catch (error) {
      const isBusy = error instanceof RequestFailed && error.reason === 'conflict';
      setStep({ kind: isBusy ? 'busy' : 'failed' });
    }
  };
  // A disabled button would lose the focus that a closed dialog returns to it.
  const open = () => {
    if (!isDisabled) void run(true);
  };
  const close = () => dialog.current?.close();

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
            setStep(null);
          }}
        >
          <h2>Send again</h2>
          <div role="status">
            {(step.kind === 'counting' || step.kind === 'sending') && (
              <p>{step.kind === 'counting' ? 'Counting …' : 'Sending …'}</p>
            )}
            {step.kind === 'failed' && (
              <p>The relay did not respond. Nothing may have been sent. Close this and try again.</p>
            )}
            {step.kind === 'busy' && (
              <p>
                Other events are still being sent again. Nothing has been sent. Close this and try again in a minute.
              </p>
            )}
            {step.kind === 'counted' && (
              <>
                <p>{question(target, step.counts)}</p>
                {step.counts.deliveries > 0 && (
                  <p class="quiet">
                    The Zap runs again for each event, which may use tasks at Zapier. Records keep their Event ID.
                  </p>
                )}
              </>
            )}
            {step.kind === 'sent' && (
              <p>
                {counted(step.counts.events, 'event')} will be sent again within moments.
                {step.counts.waiting > 0 && ` ${counted(step.counts.waiting, 'other')} were waiting already.`}
              </p>
            )}
          </div>
          <p class="buttons">
            {step.kind === 'counted' && step.counts.deliveries > 0 && (
              <button type="button" class="primary" onClick={() => void run(false, step.counts.up_to)}>
                Send {counted(step.counts.events, 'event')} again
              </button>
            )}
            <button type="button" onClick={close}>
              {step.kind === 'counted' && step.counts.deliveries > 0 ? 'Cancel' : 'Close'}
            </button>
          </p>
        </dialog>
      )}
    </>
  );
}
