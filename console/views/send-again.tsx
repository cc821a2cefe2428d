import { useEffect, useRef, useState } from 'preact/hooks';

import type { EventConditions, SendAgainRequest, SendAgainResponse } from '../../wire/console-api.ts';
import { outcomeText } from '../outcome-words.ts';
import { RequestFailed } from '../relay-client.ts';
import type { Session } from '../session.ts';
import { counted } from '../times.ts';
import { focusContents } from './focus.tsx';
import { TryNow } from './try-now.tsx';

/** The events to send again: one event to one Zap, or all events that meet conditions. */
type Target =
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

/** The step after counting, when the dialog asks for confirmation. */
interface CountedStep {
  readonly kind: 'counted';
  readonly counts: SendAgainResponse;
  readonly range: Range;
}

type Step =
  | { readonly kind: keyof typeof STEP_TEXTS }
  | CountedStep
  | { readonly kind: 'sent'; readonly counts: SendAgainResponse };

/** Returns the question with the number of events that would be sent. */
function question(target: Target, { deliveries, events, waiting, next, limit }: SendAgainResponse): string {
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
  const others =
    next === null ? '' : ` More may match the filters. At most ${limit} are sent at once, the oldest first.`;
  return `${counted(events, 'event')} will be sent again${runs}.${others}`;
}

/** Returns the range that follows the range of a response. */
const rangeAfter = ({ next, up_to }: SendAgainResponse): Range => ({ after: next ?? 0, up_to });

/** Adds up the counts of two responses. The second response continues the first. */
const sumOf = (one: SendAgainResponse, next: SendAgainResponse): SendAgainResponse => ({
  ...next,
  events: one.events + next.events,
  deliveries: one.deliveries + next.deliveries,
  waiting: one.waiting + next.waiting,
});

/** Counts the events of a range, or sends them again. */
type RequestRange = (isDryRun: boolean, range: Range) => Promise<SendAgainResponse>;

const requestOf =
  (session: Session, target: Target): RequestRange =>
  (dry_run, range) =>
    session.sendAgain(
      'number' in target
        ? { dry_run, number: target.number, zap: target.zap }
        : { dry_run, conditions: target.conditions, ...range },
    );

/**
 * Counts the events to send, from the beginning of a range. Each response covers a limited number of events, so
 * counting continues until it reaches the number of events that can be sent at once.
 *
 * @param isOpen - returns false once the dialog is closed; counting then stops
 */
async function countEvents(request: RequestRange, range: Range, isOpen: () => boolean): Promise<Step> {
  let counts = await request(true, range);
  while (counts.next !== null && counts.deliveries < counts.limit && isOpen()) {
    const more = await request(true, rangeAfter(counts));
    if (counts.deliveries + more.deliveries > counts.limit) break;
    counts = sumOf(counts, more);
  }
  return { kind: 'counted', counts, range };
}

/** Sends the counted events. Sending requires as many requests as counting. */
async function sendCounted(request: RequestRange, { after }: Range, counted: SendAgainResponse): Promise<Step> {
  const end = counted.next ?? counted.up_to;
  let counts = await request(false, { after, up_to: end });
  while (counts.next !== null && counts.next < end) {
    counts = sumOf(counts, await request(false, { after: counts.next, up_to: end }));
  }
  return { kind: 'sent', counts: { ...counts, next: counted.next, up_to: counted.up_to } };
}

/** Returns true if counting has found events to send. */
const isReady = (step: Step): step is CountedStep => step.kind === 'counted' && step.counts.deliveries > 0;

interface StepTextProps {
  readonly step: Step;
  readonly target: Target;
}

/** The text of a step: its progress, a question, or its result. */
function StepText({ step, target }: StepTextProps) {
  if (!('counts' in step)) return <p>{STEP_TEXTS[step.kind]}</p>;
  if (step.kind === 'counted') {
    return (
      <>
        <p>{question(target, step.counts)}</p>
        {isReady(step) && (
          <p class="quiet">
            The Zap runs again for each event, which may use tasks at Zapier. Records keep their Event ID.
          </p>
        )}
      </>
    );
  }
  return (
    <p>
      {counted(step.counts.events, 'event')} will be sent again shortly, and shown as {outcomeText('waiting')} until
      then.
      {'conditions' in target &&
        target.conditions.outcome !== undefined &&
        ' This list shows only events that match the filters, so the events may disappear from the list.'}
      {step.counts.waiting > 0 && ` ${counted(step.counts.waiting, 'other')} were waiting already.`}
    </p>
  );
}

interface DialogProps {
  readonly session: Session;
  readonly target: Target;
  readonly onClose: () => void;
}

/** The dialog, which starts counting when it opens. */
function Dialog({ session, target, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const send = useRef<HTMLButtonElement>(null);
  const close = useRef<HTMLButtonElement>(null);
  const [step, setStep] = useState<Step>({ kind: 'counting' });
  const request = requestOf(session, target);
  const fail = (error: unknown, conflict: 'no-zap' | 'conflict') => {
    const isConflict = error instanceof RequestFailed && error.reason === 'conflict';
    setStep({ kind: isConflict ? conflict : 'failed' });
  };
  const count = (range: Range) => {
    setStep({ kind: 'counting' });
    // A dry run cannot conflict with events that are still being sent, so a conflict means that no Zap can receive the
    // events.
    void countEvents(request, range, () => dialog.current !== null).then(setStep, (error: unknown) =>
      fail(error, 'no-zap'),
    );
  };
  const sendAgain = ({ range, counts }: CountedStep) => {
    setStep({ kind: 'sending' });
    void sendCounted(request, range, counts).then(setStep, (error: unknown) => fail(error, 'conflict'));
  };
  useEffect(() => {
    dialog.current?.showModal();
    count({});
  }, []);
  // Moves the focus to the button that sends the counted events or, at the end, to the button that closes the dialog,
  // so that Enter presses the button. While events are being counted or sent, the dialog has the focus, so Enter has no
  // effect.
  useEffect(() => {
    const isBusy = step.kind === 'counting' || step.kind === 'sending';
    (isBusy ? dialog : isReady(step) ? send : close).current?.focus();
  }, [step.kind, isReady(step)]);
  return (
    <dialog ref={dialog} tabIndex={-1} aria-label="Send again" onClose={onClose}>
      <h2>Send again</h2>
      <div role="status">
        <StepText step={step} target={target} />
      </div>
      <p class="buttons">
        {isReady(step) && (
          <button ref={send} class="primary" onClick={() => sendAgain(step)}>
            Send {counted(step.counts.events, 'event')} again
          </button>
        )}
        {step.kind === 'sent' && step.counts.next !== null && (
          <button onClick={() => count(rangeAfter(step.counts))}>Count the next events</button>
        )}
        {step.kind === 'counted' && (
          <TryNow
            session={session}
            zap={('number' in target ? target.zap : target.conditions.zap) ?? null}
            isPending={step.counts.deliveries === 0 && step.counts.waiting > 0}
            name="these events"
          />
        )}
        <button ref={close} onClick={() => dialog.current?.close()}>
          {isReady(step) ? 'Cancel' : 'Close'}
        </button>
      </p>
    </dialog>
  );
}

interface SendAgainProps extends Omit<DialogProps, 'onClose'> {
  /** Label that identifies the events for screen readers. */
  readonly label: string;
  /** True if there is nothing to send. An open dialog stays open. */
  readonly isDisabled: boolean;
  /** True to hide the button. An open dialog stays open, and moves the focus to the heading when it closes. */
  readonly isHidden?: boolean;
  readonly children: string;
}

/** A button that sends events again. First, a dialog states the number of events and asks for confirmation. */
export function SendAgain({ label, isDisabled, isHidden = false, children, ...props }: SendAgainProps) {
  const [isOpen, setIsOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const onClose = () => {
    setIsOpen(false);
    if (button.current) button.current.focus();
    else focusContents();
  };
  return (
    <>
      {!isHidden && (
        <button
          ref={button}
          aria-label={label}
          aria-haspopup="dialog"
          // A disabled button could not receive the focus when the dialog closes.
          aria-disabled={isDisabled}
          onClick={() => setIsOpen(!isDisabled)}
        >
          {children}
        </button>
      )}
      {isOpen && <Dialog {...props} onClose={onClose} />}
    </>
  );
}
