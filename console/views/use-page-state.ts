import { useEffect, useState } from 'preact/hooks';

import { pageStateOf, queryOf, type PageState } from '../page-state.ts';

/** Returns the URL of a state, without the origin. */
export const urlOf = (state: PageState): string => queryOf(state) || location.pathname;

/** Changes the state of the page, with an entry in the history. */
export function go(state: PageState): void {
  history.pushState(null, '', urlOf(state));
  dispatchEvent(new PopStateEvent('popstate'));
}

/** Returns the state of the page, which is kept in its URL. */
export function usePageState(): PageState {
  const [page, setPage] = useState(() => pageStateOf(location.search));
  useEffect(() => {
    const onPopState = () => {
      setPage(pageStateOf(location.search));
    };
    addEventListener('popstate', onPopState);
    return () => {
      removeEventListener('popstate', onPopState);
    };
  }, []);
  return page;
}
