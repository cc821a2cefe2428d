/**
 * A marker in Zapier's cache, which shows that a Zap still receives the events of an old private key. Zapier keeps a
 * Zap's subscription when its connection is given another key, and only a run notices that its event is sealed for the
 * old key.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { remember, remembered } from '../api/cache.ts';

const MARKER_SECONDS = 24 * 3600;

const nameOf = (trigger: string): string => `old_key_${trigger.replaceAll(' ', '_')}`;

/**
 * Leaves the marker after a Zap with a trigger has received an event that is sealed for another key.
 *
 * @param trigger - the label of the trigger
 */
export const markOldKey = (z: ZObject, bundle: Bundle, trigger: string): Promise<void> =>
  remember(z, bundle, nameOf(trigger), true, MARKER_SECONDS);

/**
 * Deletes the marker when a Zap with the trigger is turned on. If another Zap still uses the old key, its next event
 * leaves the marker again.
 */
export const forgetOldKey = (z: ZObject, bundle: Bundle, trigger: string): Promise<void> =>
  remember(z, bundle, nameOf(trigger), null, MARKER_SECONDS);

/**
 * Returns true if a Zap with a trigger has received an event for another key in the last day, and no Zap with the
 * trigger has been turned on since.
 */
export const listensAtOldKey = async (z: ZObject, bundle: Bundle, trigger: string): Promise<boolean> =>
  (await remembered(z, bundle, nameOf(trigger))) === true;
