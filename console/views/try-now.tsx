import { useState } from 'preact/hooks';

import type { Session } from '../session.ts';

interface TryNowProps {
  readonly session: Session;
  /** Id of the Zap; null for all Zaps. */
  readonly zap: string | null;
  /**
   * True if a retry is pending. Without a pending retry, the button is hidden unless it has been pressed, because a
   * pressed button must keep the focus.
   */
  readonly isPending: boolean;
  /** Name of the Zap for screen readers. */
  readonly name: string;
}

/**
 * A button that makes the relay attempt waiting events immediately, with a text that explains the button or states the
 * result.
 */
export function TryNow({ session, zap, isPending, name }: TryNowProps) {
  const [result, setResult] = useState<string | null>(null);
  const press = async () => {
    try {
      const zaps = await session.retry(zap);
      setResult(zaps > 0 ? 'The relay is trying now.' : 'The relay has just tried, or the Zap is paused.');
    } catch {
      setResult('The relay did not respond. Try again in a minute.');
    }
  };
  if (!isPending && result === null) return null;
  return (
    <>
      <button aria-label={`Try now: ${name}`} onClick={() => void press()}>
        Try now
      </button>
      <span class="quiet" role="status">
        {result ?? 'Sends the waiting events at once, the oldest first.'}
      </span>
    </>
  );
}
