import type { ComponentChildren } from 'preact';

/** Matches large windows, with the same limits as in `console.css`. */
const LARGE_WINDOW = matchMedia('(min-width: 40rem) and (min-height: 36rem)');

interface FoldedProps {
  /** The title of the contents in large windows. */
  readonly heading?: ComponentChildren;
  /** The title of the contents in small windows. */
  readonly summary: string;
  readonly children: ComponentChildren;
}

/** Contents that a small window shows only on request, so that the list of events is visible first. */
export const Folded = ({ heading, summary, children }: FoldedProps) =>
  LARGE_WINDOW.matches ? (
    <>
      {heading}
      {children}
    </>
  ) : (
    <details>
      <summary>{summary}</summary>
      {children}
    </details>
  );
