import { Icon } from './icon.tsx';
import { PRODUCT } from './page-title.tsx';

/** The product's logo and name. */
export const Brand = () => (
  <span class="brand">
    <span class="mark">
      <Icon name="mark" />
    </span>
    {PRODUCT}
  </span>
);
