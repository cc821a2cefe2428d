/**
 * Refuses to look up the names of other hosts. Tests that start no stand-in for TutorCruncher send requests to
 * TutorCruncher's origin. With a network, TutorCruncher would receive them. Without a network, a look-up can take
 * seconds.
 */

import dns from 'node:dns';
import { isIP } from 'node:net';

type Callback = (error: Error | null, ...address: unknown[]) => void;
type Lookup = (host: string, ...rest: unknown[]) => void;

const isOnThisMachine = (host: string): boolean => isIP(host) !== 0 || /(?:^|\.)localhost$/.test(host);

/** Returns a function that looks up names of this machine only. */
function lookupWithin(lookup: Lookup): Lookup {
  return function lookupOnThisMachine(host, ...rest) {
    if (isOnThisMachine(host)) {
      lookup(host, ...rest);
      return;
    }
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND', hostname: host });
    process.nextTick(rest.at(-1) as Callback, error);
  };
}

// The test files of a worker share the module.
if (dns.lookup.name !== 'lookupOnThisMachine') Reflect.set(dns, 'lookup', lookupWithin(dns.lookup as Lookup));
