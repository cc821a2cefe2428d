import type { ComponentChildren } from 'preact';

import type { PageState } from '../page-state.ts';
import { go, urlOf } from './use-page-state.ts';

export interface PageLinkProps {
  readonly to: PageState;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly isCurrent?: boolean;
  readonly id?: string;
}

/** A link to another state of this page. If a modifier key is pressed, the browser handles the click. */
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
