/**
 * Recognizes links with a signature or an expiry in their query, such as links to photos. TutorCruncher signs a link
 * again for each delivery, so only the part before the query identifies the file.
 */

/**
 * Matches a link with a query parameter for a signature or an expiry, such as a link to a file in the storage of
 * Amazon, Google or Microsoft.
 */
const SIGNED =
  /^((?:https?:\/)?\/[^\s?#]+)\?(?:[^\s?#]*&(?:amp;)?)?(?:x-(?:amz|goog)-[a-z-]+|signature|sig|hmac|expires|expires_at|expiry|expiration|awsaccesskeyid|googleaccessid|key-pair-id)=\S*$/i;

/** Returns true for a link that is signed or expires. */
export const isSignedLink = (value: unknown): boolean => typeof value === 'string' && SIGNED.test(value);

/** Removes the query from a link that is signed or expires. Returns any other text unchanged. */
export const withoutSignature = (text: string): string => SIGNED.exec(text)?.[1] ?? text;
