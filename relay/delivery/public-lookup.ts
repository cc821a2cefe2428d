/** The DNS lookup of target URLs, which drops private addresses. */

import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

import { isPrivateAddress } from '../target-url.ts';

/**
 * Returns a DNS lookup that drops private addresses, so that a public name cannot point into the relay's own network.
 *
 * @param privateHosts - hosts that are allowed to resolve to private addresses
 */
export function createPublicLookup(privateHosts: ReadonlySet<string>): LookupFunction {
  // Node.js runs only a few lookups at a time, so connections that are opened at the same time share a lookup.
  const running = new Map<string, Promise<LookupAddress[]>>();
  function addressesOf(hostname: string, options: LookupOptions): Promise<LookupAddress[]> {
    const key = `${hostname} ${options.family ?? 0} ${options.hints ?? 0}`;
    let addresses = running.get(key);
    if (!addresses) {
      addresses = lookup(hostname, { ...options, all: true }).finally(() => running.delete(key));
      running.set(key, addresses);
    }
    return addresses;
  }

  return (hostname, options, callback) => {
    addressesOf(hostname, options).then(
      (addresses) => {
        const allowed = privateHosts.has(hostname)
          ? addresses
          : addresses.filter(({ address }) => !isPrivateAddress(address));
        const [first] = allowed;
        if (!first) callback(new Error('The host of the target URL has no public address.'), [], 0);
        else if (options.all) callback(null, allowed);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)), [], 0);
      },
    );
  };
}
