/** The parts of a bundle that zapier-platform-core leaves out in some calls, although its types declare them. */

import type { Bundle } from 'zapier-platform-core';

import type { JsonObject } from '../../wire/json.ts';

/** Returns the metadata of a call, such as `isLoadingSample`. */
export const metaOf = ({ meta }: { readonly meta?: Partial<Bundle['meta']> }): Partial<Bundle['meta']> => meta ?? {};

/** Returns the values of a step's input fields by key. */
export const inputDataOf = ({ inputData }: { readonly inputData?: JsonObject }): JsonObject => inputData ?? {};

/**
 * Returns the values of a step's input fields as the owner filled them in, with placeholders for values of earlier
 * steps. Core's types declare text values only, but Zapier also passes lists and objects.
 */
export const rawInputDataOf = ({ inputDataRaw }: { readonly inputDataRaw?: JsonObject }): JsonObject =>
  inputDataRaw ?? {};
