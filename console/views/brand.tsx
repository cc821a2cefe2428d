import { Icon } from './icon.tsx';
import { PRODUCT } from './use-title.ts';

/** The name of the product beside its mark. */
export const Brand = () => (
  <span class="brand">
    <span class="mark">
      <Icon name="mark" />
    </span>
    {PRODUCT}
  </span>
);
