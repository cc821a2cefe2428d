import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { pageStateOf, queryOf, type PageState } from '../page-state.ts';

const urlOf = (state: PageState): string => queryOf(state) || location.pathname;

/** Changes the state of the page, and adds an entry to the browser's history. */
export function go(state: PageState): void {
  history.pushState(null, '', urlOf(state));
  dispatchEvent(new PopStateEvent('popstate'));
}

/** Returns the state of the page from its URL. Renders the component again when the state changes. */
export function usePageState(): PageState {
  const [page, setPage] = useState(() => pageStateOf(location.search));
  useEffect(() => {
    const onPopState = () => setPage(pageStateOf(location.search));
    addEventListener('popstate', onPopState);
    return () => removeEventListener('popstate', onPopState);
  }, []);
  return page;
}

interface PageLinkProps {
  readonly to: PageState;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly isCurrent?: boolean;
  readonly id?: string;
}

/** A link to a different state of this page. If a modifier key is pressed, the browser handles the click. */
export function PageLink({ to, children, class: className, isCurrent = false, id }: PageLinkProps) {
  const onClick = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a id={id} href={urlOf(to)} class={className} onClick={onClick} aria-current={isCurrent ? 'page' : undefined}>
      {children}
    </a>
  );
}
