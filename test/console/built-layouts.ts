/** Sets the layouts of all objects as the build does. Import this module before the page's modules. */

import { objects } from '../../objects/index.ts';
import { layoutParts } from '../../src/record/layout.ts';

Object.assign(globalThis, {
  BUILT_LAYOUTS: Object.fromEntries(objects.map(({ word, layout }) => [word, layoutParts(layout)])),
});
