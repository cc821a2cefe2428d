import type { Bundle, ZObject } from 'zapier-platform-core';

import { directZ } from '../../local/hook-calls.ts';
import { StepRun } from '../../src/api/step-run.ts';
import type { JsonObject } from '../../wire/json.ts';

/** Returns a {@link directZ} whose cache is empty. @param respond - returns the data of the response to a request */
export const directZWith = (respond: (url: URL) => unknown): ZObject => {
  const request = ({ url }: { readonly url: string }) => Promise.resolve({ status: 200, data: respond(new URL(url)) });
  const cache = { get: () => Promise.resolve(null), set: () => Promise.resolve(true) };
  return { ...directZ, request, cache } as unknown as ZObject;
};

/**
 * Returns a run that does not repeat reads, and a function that counts its requests.
 *
 * @param responses - the data of the responses in order; null for a missing record
 */
export function directRun(responses: readonly (JsonObject | null)[], inputData: JsonObject = {}) {
  let requests = 0;
  const z = directZWith(() => responses[requests++] ?? null);
  return { run: StepRun.ofSearch(z, { authData: {}, inputData } as unknown as Bundle), requests: () => requests };
}
