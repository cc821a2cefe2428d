/** Removal of secrets from errors, as a safety net for all requests. */

const REPLACEMENT = '[removed]';

/** Minimum length of a piece of a secret to search for. Shorter pieces also occur in ordinary text. */
const MIN_PIECE_LENGTH = 6;

const PROPERTIES = ['name', 'message', 'stack', 'code', 'type'];

/** Returns the secret, and its pieces between characters that JSON or URLs escape. The longest piece comes first. */
function traces(secret: string): string[] {
  const pieces = secret.split(/[^A-Za-z0-9._~-]+/).filter((piece) => piece.length >= MIN_PIECE_LENGTH);
  return [secret, ...pieces].filter((text) => text !== '').sort((a, b) => b.length - a.length);
}

/** Replaces all occurrences of the secrets in a string. */
const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.flatMap(traces).reduce((scrubbed, trace) => scrubbed.replaceAll(trace, REPLACEMENT), text);

function textOf(error: object, property: string): string | null {
  try {
    const value: unknown = Reflect.get(error, property);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

/**
 * Returns true if a thrown value, or an object that it refers to, contains any part of the secrets, or cannot be
 * inspected.
 */
async function containsSecret(thrown: unknown, secrets: readonly string[]): Promise<boolean> {
  // The import is dynamic, because a static import would add 2 ms to each import of the app.
  const { inspect } = await import('node:util');
  const texts: (string | null)[] = [];
  try {
    // `inspect` includes hidden and symbol properties, causes, maps and headers, and handles cycles.
    texts.push(inspect(thrown, { showHidden: true, depth: 10, maxStringLength: null, maxArrayLength: null }));
  } catch {
    return true;
  }
  if (thrown instanceof Error) texts.push(...PROPERTIES.map((property) => textOf(thrown, property)));
  return texts.some((text) => text !== null && withoutSecrets(text, secrets) !== text);
}

/**
 * Returns an error of the same class with scrubbed texts. The original error stays unchanged, because other code might
 * still use it.
 */
function scrubbedCopy(thrown: unknown, secrets: readonly string[]): Error {
  const copy = new Error(typeof thrown === 'string' ? withoutSecrets(thrown, secrets) : 'The request failed.');
  if (!(thrown instanceof Error)) return copy;
  Object.setPrototypeOf(copy, Object.getPrototypeOf(thrown) as object);
  for (const property of PROPERTIES) {
    const text = textOf(thrown, property);
    if (text === null) continue;
    const value = withoutSecrets(text, secrets);
    Object.defineProperty(copy, property, { value, configurable: true, writable: true });
  }
  return copy;
}

/** Runs a request. @throws {Error} the request's own error; a scrubbed copy if the error contains a secret */
export async function scrubErrors<T>(secrets: readonly string[], request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw (await containsSecret(error, secrets)) ? scrubbedCopy(error, secrets) : error;
  }
}
