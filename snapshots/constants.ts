/**
 * The constants of all snapshots, which never change. `relay/harness/sample-delivery.ts` contains two further constants
 * of the snapshots: the private key and the origin of the relay.
 */

/** The time of every snapshot: a full hour, later than the events of the samples. */
export const SNAPSHOT_AT = Date.parse('2026-06-16T12:00:00Z');
/** The secret of the link to the console. */
export const LINK_SECRET = 'a-console-link-of-nobody-'.padEnd(43, '0');
/** The origin of the URLs at which Zapier receives the events of the Zaps. */
export const ORIGIN_OF_TARGETS = 'https://hooks.zapier.com';
/** The schema that the dump of PostgreSQL creates. */
export const DUMPED_SCHEMA = 'relay_snapshot';
