import { useEffect, useRef } from 'preact/hooks';

import { queryOf, type PageState } from '../page-state.ts';

/** Moves the focus to the heading of the list, of the Zaps or of the event. */
export const focusContents = (): void => document.querySelector<HTMLElement>('main [tabindex="-1"]')?.focus();

/**
 * Moves the focus after a change of the page: to the list if its contents have changed, and back to an event in the
 * list if the event has been closed. The focus stays in a form field, which may not be complete, and on a button that
 * was clicked with a mouse.
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
