/**
 * Links with a signature or an expiry in their query, such as links to photos. TutorCruncher signs a link anew for each
 * delivery, so only the part before the query tells which file the link leads to.
 */

/** The names of the query's parameters in links to the stores of Amazon, Google and Microsoft, and in similar links. */
const SIGNED =
  /^((?:https?:\/)?\/[^\s?#]+)\?(?:[^\s?#]*&(?:amp;)?)?(?:x-(?:amz|goog)-[a-z-]+|signature|sig|hmac|expires|expires_at|expiry|expiration|awsaccesskeyid|googleaccessid|key-pair-id)=\S*$/i;

/** Returns true for a link that is signed or expires. */
export const isSignedLink = (value: unknown): boolean => typeof value === 'string' && SIGNED.test(value);

/** Returns a link that is signed or expires without its query; any other text as it is. */
export const withoutSignature = (text: string): string => SIGNED.exec(text)?.[1] ?? text;
