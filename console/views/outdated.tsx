import type { Trouble } from '../session.ts';
import { clockTime } from '../times.ts';

const TROUBLE_WORDS: Readonly<Partial<Record<Trouble, string>>> = {
  busy: 'The relay has received too many requests',
  defect: 'A part of this page has failed',
};

/** Returns the headline to show while requests fail. */
export const outdatedTitle = (trouble: Trouble): string => TROUBLE_WORDS[trouble] ?? 'The relay does not respond';

/** A line with the age of the displayed data, to show while requests fail. @param now - time of the displayed data */
export const OutdatedText = ({ trouble, now }: { readonly trouble: Trouble; readonly now: number }) => (
  <>
    This page shows the state of {clockTime(now)}, and tries again automatically.
    {trouble === 'defect' && ' If this persists, reload the page.'}
  </>
);
