import { randomBytes } from 'node:crypto';

/**
 * Returns random letters and digits, which need no escaping in JSON. Sealing compresses large bodies, but shortens
 * random text by only a quarter.
 */
export const randomText = (length: number): string =>
  randomBytes(Math.ceil((length * 3) / 4))
    .toString('base64url')
    .slice(0, length);
