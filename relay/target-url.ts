/**
 * Target URLs: the URLs to which subscriptions deliver. The rules prevent server-side request forgery: subscribers
 * cannot make the relay call anything but a Zap.
 */

import { BlockList, isIP } from 'node:net';

/** The origin of Zapier's webhook URLs, which `RELAY_TARGET_ORIGINS` extends. */
export const ZAPIER_ORIGIN = 'https://hooks.zapier.com';
/** Path prefix of the URLs that Zapier uses for REST hook subscriptions. */
const ZAPIER_PATH_PREFIX = '/hooks/standard/';
const MAX_LENGTH = 2048;

/** Thrown for a target URL that the relay does not accept. The message gives the subscriber the reason. */
export class TargetRefused extends Error {}

/**
 * Parses a subscriber's target URL according to the WHATWG URL standard, and checks it.
 *
 * @returns the normalized URL, which was checked; store and call only this URL
 * @throws {TargetRefused} if the URL is not allowed
 */
export function parseTarget(url: unknown, origins: readonly string[]): string {
  if (typeof url !== 'string' || url.length > MAX_LENGTH || !URL.canParse(url)) {
    throw new TargetRefused(`target_url must be an absolute URL of at most ${MAX_LENGTH} characters.`);
  }
  // URL parsers disagree about these characters, so another parser could read a different host or path.
  const isPlain = /^[!-~]+$/.test(url) && !url.includes('\\');
  if (!isPlain || /%2f|%5c|%2e|%25/i.test(url) || /\/\.\.?(?:[/?#]|$)/.test(url)) {
    throw new TargetRefused(
      'target_url must not contain whitespace, backslashes, non-ASCII characters, dot segments, or an encoded slash, backslash, dot or percent sign.',
    );
  }
  const target = new URL(url);
  if (target.username !== '' || target.password !== '' || url.includes('@')) {
    throw new TargetRefused('target_url must not contain a user name, a password or an at sign.');
  }
  if (url.includes('#')) throw new TargetRefused('target_url must not contain a fragment.');
  if (!origins.includes(target.origin)) {
    throw new TargetRefused('The origin of target_url is not allowed. The relay allows those in RELAY_TARGET_ORIGINS.');
  }
  if (target.origin === ZAPIER_ORIGIN) {
    // An explicit port 443 results in the same origin, but Zapier's URLs do not contain a port.
    if (/^https:\/\/[^/]*:/i.test(url)) throw new TargetRefused('target_url must not contain a port.');
    if (!target.pathname.startsWith(ZAPIER_PATH_PREFIX) || target.pathname.length === ZAPIER_PATH_PREFIX.length) {
      throw new TargetRefused(`The path of target_url must start with ${ZAPIER_PATH_PREFIX} and continue after it.`);
    }
  }
  return target.href;
}

/** Networks without public hosts (IANA special-purpose address registries), and multicast. */
const PRIVATE_NETWORKS = new BlockList();
for (const [network, prefixLength, family] of [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  // Unspecified, loopback, and the deprecated IPv4-compatible addresses.
  ['::', 96, 'ipv6'],
  // NAT64, Teredo and 6to4: each address embeds an IPv4 address, which may be private.
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2001::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  // Deprecated site-local addresses.
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
] as const) {
  PRIVATE_NETWORKS.addSubnet(network, prefixLength, family);
}

/** Returns true unless an address is public. Text that is not an IP address counts as private. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  // `BlockList` compares an IPv4-mapped IPv6 address with the IPv4 networks.
  return PRIVATE_NETWORKS.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Returns true if the host of an origin in `RELAY_TARGET_ORIGINS` may resolve to private addresses: if it is `localhost` or
 * a private IP address, because an operator can only have configured these on purpose.
 */
export function allowsPrivateAddresses(origin: string): boolean {
  const host = new URL(origin).hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || (isIP(host) !== 0 && isPrivateAddress(host));
}
