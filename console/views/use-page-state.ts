import { useCallback, useEffect, useState } from 'preact/hooks';

import { pageStateOf, queryOf, type PageState } from '../page-state.ts';
import type { Go } from './page-link.tsx';

/** The state of the page, which is kept in its URL, and the function that changes it. */
export function usePageState(): readonly [PageState, Go] {
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
  const go = useCallback<Go>((next) => {
    history.pushState(null, '', queryOf(next) || location.pathname);
    setPage(next);
  }, []);
  return [page, go];
}
