/**
 * The way in which webhooks reach the Zaps of this app. TutorCruncher has no API for subscribing a URL. Either the owner
 * of each Zap pastes its URL into TutorCruncher (a "static hook"), or an app that is built for a relay subscribes each
 * Zap at the relay, whose URL is pasted once for all Zaps.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { Hook, HookedTrigger } from './hooks/hook.ts';
import { pastedUrlHook } from './hooks/pasted-url-hook.ts';
import { registerAtRelay, relayHook } from './hooks/relay-hook.ts';
import { RELAY_URL } from './hooks/relay-url.ts';
import { PASTED_URL_KIND } from './pasted-url-kind.ts';
import { RELAYED_KIND } from './relayed-kind.ts';
import type { TriggerKind } from './trigger-kind.ts';

/** A way of receiving events. */
export interface EventSource {
  readonly kind: TriggerKind;
  /** Returns the hook of a trigger. */
  readonly hookOf: (trigger: HookedTrigger) => Hook;
  /**
   * Prepares a new connection for receiving events. Failures are ignored: turning a Zap on prepares it again, and
   * reports them.
   */
  readonly registerConnection: (z: ZObject, bundle: Bundle) => Promise<void>;
}

/** URLs that the owners of Zaps paste. */
const PASTED_URLS: EventSource = {
  kind: PASTED_URL_KIND,
  hookOf: () => pastedUrlHook,
  registerConnection: () => Promise.resolve(),
};

/** Returns the source of events that are sent to a relay. The relay stores events once the connection is registered. */
const relayAt = (origin: string): EventSource => ({
  kind: RELAYED_KIND,
  hookOf: (trigger) => relayHook(origin, trigger),
  registerConnection: (z, bundle) => registerAtRelay(z, bundle, origin),
});

/** The source of this app's events. */
export const EVENT_SOURCE: EventSource = RELAY_URL === null ? PASTED_URLS : relayAt(RELAY_URL);
