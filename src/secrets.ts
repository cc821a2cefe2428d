/** Removal of secrets from errors: a safety net below all requests. */

const REPLACEMENT = '[removed]';

/** Shorter pieces of a secret occur in ordinary text. */
const MIN_PIECE_LENGTH = 6;

/**
 * Returns the texts to look for: the secret itself, and its runs of characters that neither JSON nor URLs escape,
 * which survive where the characters between them are escaped.
 */
function traces(secret: string): string[] {
  const pieces = secret.split(/[^A-Za-z0-9._~-]+/).filter((piece) => piece.length >= MIN_PIECE_LENGTH);
  return [secret, ...pieces].filter((text) => text !== '').sort((a, b) => b.length - a.length);
}

/** Replaces every trace of the secrets in a text. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.flatMap(traces).reduce((scrubbed, trace) => scrubbed.replaceAll(trace, REPLACEMENT), text);

/** Replaces every trace of the secrets in the strings of an error, including those of its cause. */
function scrub(error: unknown, secrets: readonly string[], seen = new Set<unknown>()): void {
  if (typeof error !== 'object' || error === null || seen.has(error)) return;
  seen.add(error);
  for (const name of Object.getOwnPropertyNames(error)) {
    const value: unknown = Reflect.get(error, name);
    // Reflect.set reports a read-only property by returning false instead of throwing.
    if (typeof value === 'string') Reflect.set(error, name, withoutSecrets(value, secrets));
    else scrub(value, secrets, seen);
  }
}

/**
 * Runs a request. An error that it throws contains no trace of the secrets.
 *
 * @throws the request's own error, with secrets replaced
 */
export async function scrubErrors<T>(secrets: readonly string[], request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    scrub(error, secrets);
    throw typeof error === 'string' ? withoutSecrets(error, secrets) : error;
  }
}
