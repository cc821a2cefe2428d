import { useEffect } from 'preact/hooks';

/** The name of the product, in the header and in the title of the page. */
export const PRODUCT = 'TutorCruncher for Zapier';

/** Shows a status in the page's title. */
export function useTitle(status: string): void {
  useEffect(() => {
    document.title = `${status} – ${PRODUCT}`;
  }, [status]);
}
