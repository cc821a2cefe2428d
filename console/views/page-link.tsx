import type { ComponentChildren } from 'preact';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import { queryOf, type PageState } from '../page-state.ts';

/** Changes the state of the page, with an entry in the history. */
export type Go = (state: PageState) => void;

export const GoContext = createContext<Go>(() => undefined);

export interface PageLinkProps {
  readonly to: PageState;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly isCurrent?: boolean;
  readonly id?: string;
}

/** A link to another state of this page. If a modifier key is pressed, the browser handles the click. */
export function PageLink({ to, children, class: className, isCurrent = false, id }: PageLinkProps) {
  const go = useContext(GoContext);
  const onClick = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a
      id={id}
      href={queryOf(to) || location.pathname}
      class={className}
      onClick={onClick}
      aria-current={isCurrent ? 'page' : undefined}
    >
      {children}
    </a>
  );
}
