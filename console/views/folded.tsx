import type { ComponentChildren } from 'preact';

/** Large windows, as in `console.css`. */
const LARGE_WINDOW = matchMedia('(min-width: 40rem) and (min-height: 36rem)');

interface FoldedProps {
  /** The title in large windows. */
  readonly heading?: ComponentChildren;
  /** The title in small windows. */
  readonly summary: string;
  readonly children: ComponentChildren;
}

/** Contents that a small window shows on request, so that the list of events comes first. */
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
