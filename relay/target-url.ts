/**
 * Target URLs, which receive the deliveries for subscriptions. The rules prevent server-side request forgery, so that
 * subscribers can make the relay call only Zaps.
 */

import { BlockList, isIP } from 'node:net';

/** The origin of Zapier's webhook URLs. `RELAY_TARGET_ORIGINS` adds other origins. */
export const ZAPIER_ORIGIN = 'https://hooks.zapier.com';
/** Path prefix of the URLs that Zapier uses for REST hook subscriptions. */
const ZAPIER_PATH_PREFIX = '/hooks/standard/';
const MAX_LENGTH = 2048;

/** Thrown for a target URL that is refused. The message tells the subscriber the reason. */
export class BadTarget extends Error {}

/**
 * Parses and checks a target URL. Returns the normalized URL, which is the only form that the relay stores and calls.
 *
 * @throws {BadTarget} if the URL is refused
 */
export function parseTarget(url: unknown, origins: readonly string[]): string {
  if (typeof url !== 'string' || url.length > MAX_LENGTH || !URL.canParse(url)) {
    throw new BadTarget(`target_url must be an absolute URL of at most ${MAX_LENGTH} characters.`);
  }
  // URL parsers disagree about these characters, so another parser could read a different host or path.
  const isPlain = /^[!-~]+$/.test(url) && !url.includes('\\');
  if (!isPlain || /%2f|%5c|%2e|%25/i.test(url) || /\/\.\.?(?:[/?#]|$)/.test(url)) {
    throw new BadTarget(
      'target_url must not contain whitespace, backslashes, non-ASCII characters, dot segments, or an encoded slash, backslash, dot or percent sign.',
    );
  }
  // In a URL, an at sign follows the user name or the password.
  if (url.includes('@')) {
    throw new BadTarget('target_url must not contain a user name, a password or an at sign.');
  }
  if (url.includes('#')) throw new BadTarget('target_url must not contain a fragment.');
  const target = new URL(url);
  if (!origins.includes(target.origin)) {
    throw new BadTarget(
      'The origin of target_url is not allowed. The relay allows the origins in RELAY_TARGET_ORIGINS.',
    );
  }
  if (target.origin === ZAPIER_ORIGIN) {
    // An explicit port 443 results in the same origin, but Zapier's URLs do not contain a port.
    if (/^https:\/\/[^/]*:/i.test(url)) throw new BadTarget('target_url must not contain a port.');
    if (!target.pathname.startsWith(ZAPIER_PATH_PREFIX) || target.pathname.length === ZAPIER_PATH_PREFIX.length) {
      throw new BadTarget(`The path of target_url must start with ${ZAPIER_PATH_PREFIX} and continue after it.`);
    }
  }
  return target.href;
}

/** Networks without public hosts (IANA special-purpose address registries), and multicast. */
const PRIVATE_NETWORKS = new BlockList();
for (const network of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
  // Unspecified, loopback, and the deprecated IPv4-compatible addresses.
  '::/96',
  // NAT64, Teredo and 6to4. Each address embeds an IPv4 address, which can be private.
  ...['64:ff9b::/96', '64:ff9b:1::/48', '2001::/32', '2002::/16'],
  // `fec0::/10` contains the deprecated site-local addresses.
  ...['100::/64', '2001:db8::/32', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
]) {
  const [address = '', prefixLength] = network.split('/');
  PRIVATE_NETWORKS.addSubnet(address, Number(prefixLength), isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Returns false for a public IP address. Text that is not an IP address counts as private. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  // `BlockList` compares an IPv4-mapped IPv6 address with the IPv4 networks.
  return family === 0 || PRIVATE_NETWORKS.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Returns true if the host of an origin is `localhost` or a private IP address. Only an operator can list such an
 * origin, so its name may resolve to private addresses.
 */
export function allowsPrivateAddresses(origin: string): boolean {
  const host = new URL(origin).hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || (isIP(host) !== 0 && isPrivateAddress(host));
}
