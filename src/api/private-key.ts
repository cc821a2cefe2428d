/** The private API key of one TutorCruncher integration. Users paste the key, so stray characters are removed. */

import type { BeforeRequestMiddleware, Bundle } from 'zapier-platform-core';

import { isForApi } from './origin.ts';

const PLAIN_KEY = /^[\w.~+/=-]+$/;
/** Matches the words before a key in a header or on a page, such as "Token". Keys contain no white space. */
const INTRODUCTION = /^(?:authorization\s*:\s*)?(?:token\s*:?|bearer|private (?:api )?key\s*:?|authorization\s*:)\s+/i;
const QUOTES = ['""', "''", '``', '“”', '‘’', '„“', '‚‘', '«»', '””', '’’'];
const QUOTATION_MARK = /["'`“”„‘’‚«»]/;

function unwrapped(text: string): string {
  let key = text.trim();
  for (;;) {
    const inner = QUOTES.some(
      ([open = '', close = '']) => key.length > 1 && key.startsWith(open) && key.endsWith(close),
    )
      ? key.slice(1, -1)
      : key.replace(INTRODUCTION, '');
    const next = inner.trim();
    if (next === key) return key;
    key = next;
  }
}

/** Returns true for a line that cannot be a key or a part of a key, such as a sentence, a label or a URL. */
const isNoKey = (line: string): boolean => line === '' || /\s|:\/\/|:$/.test(line);

function cleaned(pasted: string): string {
  // Matches zero-width spaces, soft hyphens and direction marks. The pattern is created only when it is needed, because
  // its character class takes 0.3 ms to compile.
  const invisible = /\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]/gu;
  const lines = pasted
    .replace(invisible, '')
    .trim()
    .split(/[\r\n\u2028\u2029]+/)
    .map(unwrapped);
  const candidates = new Set(lines.filter((line) => !isNoKey(line)));
  const [key] = candidates;
  // Two lines without spaces can be the halves of a key, or a key and unrelated text.
  return key !== undefined && candidates.size === 1 ? key : lines.join('\n');
}

/**
 * Returns the connection's private key without pasted text that cannot belong to the key; an empty string if the
 * connection has no key. {@link privateKeyProblem} describes any remaining problem of the result.
 */
export function privateKeyOf(bundle: Pick<Bundle, 'authData'>): string {
  const key: unknown = (bundle.authData as Record<string, unknown> | undefined)?.private_key;
  if (typeof key !== 'string') return '';
  return PLAIN_KEY.test(key) ? key : cleaned(key);
}

/** Returns the fault of a key, as the words that complete a sentence after "it"; null if the key has no fault. */
function faultOf(key: string): string | null {
  if (/^https?:\/\//i.test(key)) return 'is a web address';
  if (/[\r\n]/.test(key)) return 'consists of more than one line';
  if (/\s/.test(key)) return 'contains a space';
  if (QUOTATION_MARK.test(key)) return 'contains a quotation mark';
  if (!/^[\x21-\x7e]+$/.test(key)) return 'contains a character that no private key has, such as an accented letter';
  return null;
}

/**
 * Returns a message for the Zap's owner if the result of {@link privateKeyOf} cannot be a private key; otherwise null.
 * An invalid key must not be put into an HTTP header, because the error about an illegal header would quote the key.
 */
export function privateKeyProblem(key: string): string | null {
  if (key === '') {
    return 'This TutorCruncher connection has no private key. Reconnect TutorCruncher and paste the private key of the integration.';
  }
  const fault = faultOf(key);
  if (fault === null) return null;
  return (
    `The private key of this TutorCruncher connection is not valid: it ${fault}. In TutorCruncher, open Settings > ` +
    'API, copy only the private key of the integration, and reconnect TutorCruncher here with it.'
  );
}

/**
 * Adds the private key to requests to TutorCruncher's own origin, except requests for files.
 *
 * @throws {Error} if the key is invalid
 */
export const addPrivateKey: BeforeRequestMiddleware = (request, z, bundle) => {
  if (!isForApi(request)) return request;
  const privateKey = privateKeyOf(bundle);
  const problem = privateKeyProblem(privateKey);
  if (problem !== null) throw new z.errors.Error(problem, 'AuthenticationError');
  return {
    ...request,
    headers: { ...request.headers, Authorization: `token ${privateKey}` },
    // Following a redirect could send the key to another host.
    redirect: 'manual',
  };
};
