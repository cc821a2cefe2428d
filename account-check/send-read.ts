/** The only function of the check that sends requests. The function refuses requests that could change an account. */

/** A request with the credentials in the headers. */
export interface ReadRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The origins to which the check may send requests. */
export interface AllowedOrigins {
  readonly tutorCruncher: string;
  /** Origin of the relay; null if no relay is checked. */
  readonly relay: string | null;
}

/** The response to a request. */
export interface Answer {
  readonly status: number;
  /** The parsed JSON of the body; undefined if the body is not JSON. */
  readonly data: unknown;
  readonly text: string;
  readonly headers: Headers;
}

const TIMEOUT_MS = 60_000;

/** Returns true for a read request: GET or OPTIONS at TutorCruncher, and GET at a relay. */
function isAllowed({ method, url }: ReadRequest, { tutorCruncher, relay }: AllowedOrigins): boolean {
  const { origin } = new URL(url);
  if (method === 'GET') return origin === tutorCruncher || origin === relay;
  return method === 'OPTIONS' && origin === tutorCruncher;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Sends a read request. Does not follow redirects, which could point to a different host.
 *
 * @param fetch - sends the request; tests replace it
 * @throws {Error} if the request could change data (the request is then not sent), or if no response arrives
 */
export async function sendRead(
  request: ReadRequest,
  allowed: AllowedOrigins,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Answer> {
  if (!isAllowed(request, allowed)) {
    throw new Error(`The check sends no ${request.method} request to ${new URL(request.url).origin}.`);
  }
  const { method, url, headers } = request;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, { method, headers, redirect: 'manual', signal });
  const text = await response.text();
  return { status: response.status, data: parsed(text), text, headers: response.headers };
}
