/** The parts of a bundle that zapier-platform-core leaves out in some calls, although its types declare them. */
import type { Bundle } from 'zapier-platform-core';
import type { JsonObject } from '../wire/json.ts';

/** Returns the facts about a call, such as `isLoadingSample`. */
export const metaOf = (bundle: Pick<Bundle, 'meta'>): Partial<Bundle['meta']> =>
  (bundle.meta as Partial<Bundle['meta']> | undefined) ?? {};

/** Returns the values of a step's input fields by key. */
export const inputDataOf = (bundle: Pick<Bundle, 'inputData'>): JsonObject =>
  (bundle.inputData as JsonObject | undefined) ?? {};
