import { useEffect, useRef } from 'preact/hooks';

import { queryOf, type PageState } from '../page-state.ts';

/** Moves the focus to the heading of the main contents: the list, the Zaps or the event. */
export const focusContents = (): void => document.querySelector<HTMLElement>('main [tabindex="-1"]')?.focus();

/**
 * Moves the focus after a change of the page. If the contents of the list have changed, the focus moves to the list. If
 * an event was closed, the focus moves to this event in the list. The focus stays in a form field, because the user
 * might not be finished, and on a button that was clicked with a mouse.
 */
export function useFocus({ event, view, filters }: PageState): void {
  const contents = queryOf({ view, event: null, filters });
  const last = useRef({ event, contents });
  useEffect(() => {
    const { event: lastEvent, contents: lastContents } = last.current;
    last.current = { event, contents };
    if (event !== null) return;
    const row = lastEvent === null ? null : document.getElementById(`event-${lastEvent}`);
    if (row) row.focus();
    else if (lastEvent !== null) focusContents();
    else if (contents !== lastContents) {
      const stays = document.activeElement?.matches('select, input, [aria-pressed]:not(:focus-visible)');
      if (!stays) focusContents();
    }
  }, [event, contents]);
}
