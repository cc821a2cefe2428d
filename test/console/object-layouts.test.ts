/** The layouts that the build computes for the page. */

import { expect, it } from '@jest/globals';

import { layoutFrom, storedLayout } from '../../console/object-layouts.ts';
import { objects } from '../../objects/index.ts';

it.each(objects.map(({ word, layout }) => ({ word, layout })))('the layout of $word survives JSON', ({ layout }) => {
  const stored: unknown = JSON.parse(JSON.stringify(storedLayout(layout)));
  expect(layoutFrom(layout.prefix, stored as ReturnType<typeof storedLayout>)).toEqual(layout);
});
