import { useEffect } from 'preact/hooks';

import { Icon } from './icon.tsx';

const PRODUCT = 'TutorCruncher for Zapier';

/** The product's logo and name. */
export const Brand = () => (
  <span class="brand">
    <span class="mark">
      <Icon name="mark" />
    </span>
    {PRODUCT}
  </span>
);

/** Shows a status in the page's title. */
export function useTitle(status: string): void {
  useEffect(() => {
    document.title = `${status} – ${PRODUCT}`;
  }, [status]);
}
