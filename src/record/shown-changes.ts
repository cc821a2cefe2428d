/**
 * Determines which values are never compared, and which changes a record does not show although a comparison finds
 * them.
 */

import { isForPrograms } from './key-order.ts';
import type { Layout } from './layout.ts';
import { isSignedLink } from './signed-link.ts';

const LAST_UPDATE = /_updated(?:_at)?$/;
/**
 * Suffix of the keys of links that TutorCruncher signs again for each delivery (TutorCruncher's API docs, "invoice
 * object").
 */
const TEMPORARY_LINK = '_pdf_url';

/**
 * Returns true for the key of an update time or a temporary link, which can differ although the object has not changed.
 */
export const isNeverCompared = (key: string): boolean => LAST_UPDATE.test(key) || key.endsWith(TEMPORARY_LINK);

/**
 * Matches the keys of values that TutorCruncher computes from other records. These values change without an event about
 * the object.
 */
const COMPUTED = /_(?:count|payment_pending|times_bought)$|_(?:total|latest|work_done_details)_/;

/**
 * Returns false for the key of a value whose change a record does not show: a computed value or a value for programs,
 * such as an API URL. A change to the object's own colour is shown, because people choose this colour.
 */
export const isShownChange = (key: string, { ownKeys }: Pick<Layout, 'ownKeys'>): boolean =>
  !COMPUTED.test(key) && (!isForPrograms(key) || (ownKeys.has(key) && key.endsWith('_colour')));

/** Returns true if a text consists of signed links, joined with ", ". */
export const isOfSignedLinks = (text: string): boolean => text.split(', ').every(isSignedLink);
