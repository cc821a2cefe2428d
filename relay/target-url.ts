/** Which URLs the relay may call, so that nobody makes it call something else than a Zap. */

import { BlockList, isIP } from 'node:net';

/** Where Zaps are called; the default of `RELAY_TARGET_ORIGINS`. */
export const ZAPIER_ORIGIN = 'https://hooks.zapier.com';
const ZAPIER_PATH = '/hooks/standard/';
const MAX_LENGTH = 2048;

/** Why a target is not accepted: a sentence for the one who subscribes. */
export class TargetRefused extends Error {}

/**
 * Parses a target by the WHATWG rules.
 *
 * @param url - as the subscriber sent it
 * @param origins - the origins that may be called
 * @returns the parsed `href`: what is stored and called is what was checked
 * @throws {TargetRefused}
 */
export function parseTarget(url: unknown, origins: readonly string[]): string {
  if (typeof url !== 'string' || url.length > MAX_LENGTH || !URL.canParse(url)) {
    throw new TargetRefused('target_url is not a URL.');
  }
  // Parsers differ on these, so a URL with any of them may be read in another way elsewhere.
  const isPlain = /^[!-~]+$/.test(url) && !url.includes('\\');
  if (!isPlain || /%2f|%5c|%2e|%25/i.test(url) || /\/\.\.?(?:[/?#]|$)/.test(url)) {
    throw new TargetRefused('target_url holds characters that a URL of a Zap does not.');
  }
  const target = new URL(url);
  if (target.username !== '' || target.password !== '' || url.includes('@')) {
    throw new TargetRefused('target_url must not hold a user name.');
  }
  if (url.includes('#')) throw new TargetRefused('target_url must not hold a fragment.');
  if (!origins.includes(target.origin)) throw new TargetRefused('target_url is not on a host that this relay calls.');
  if (target.origin === ZAPIER_ORIGIN) {
    // Port 443 in words is the same origin, but no URL that Zapier hands out.
    if (/^https:\/\/[^/]*:/i.test(url)) throw new TargetRefused('target_url must not hold a port.');
    if (!target.pathname.startsWith(ZAPIER_PATH) || target.pathname.length === ZAPIER_PATH.length) {
      throw new TargetRefused('target_url is not the URL of a Zap.');
    }
  }
  return target.href;
}

const PRIVATE = new BlockList();
for (const [network, bits, family] of [
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
  ['::', 127, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
] as const) {
  PRIVATE.addSubnet(network, bits, family);
}

/** Whether an address is one of a private network, this machine, or otherwise not out on the internet. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  // BlockList compares an IPv4-mapped address with the IPv4 networks by itself.
  return PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Whether an origin's host may resolve to private addresses: only one that the configuration names by such an address,
 * or as this machine, was meant to.
 */
export function mayBePrivate(origin: string): boolean {
  const host = new URL(origin).hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || (isIP(host) !== 0 && isPrivateAddress(host));
}
