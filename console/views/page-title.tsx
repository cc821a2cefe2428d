import { useEffect } from 'preact/hooks';

export const PRODUCT = 'TutorCruncher for Zapier';

/** Shows a status in the title of the tab. */
export function useTitle(status: string): void {
  useEffect(() => {
    document.title = `${status} – ${PRODUCT}`;
  }, [status]);
}
