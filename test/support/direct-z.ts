import type { ZObject } from 'zapier-platform-core';

import { directZ } from '../../local/hook-calls.ts';

/** Returns a {@link directZ} whose cache is empty. @param respond - returns the data of the response to a request */
export const directZWith = (respond: (url: URL) => unknown): ZObject => {
  const request = ({ url }: { readonly url: string }) => Promise.resolve({ status: 200, data: respond(new URL(url)) });
  const cache = { get: () => Promise.resolve(null), set: () => Promise.resolve(true) };
  return { ...directZ, request, cache } as unknown as ZObject;
};
