/**
 * The hook for apps with a relay. The relay receives all webhooks at one pasted URL and delivers them to the subscribed
 * Zaps.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { listedActions } from '../../wire/action-filter.ts';
import type { EventFilter } from '../choices/event-filter.ts';
import { privateKeyOf } from '../api/private-key.ts';
import { helpText, UNAVAILABLE_TEXT, unregisteredText } from './webhook-url-text.ts';
import { createConsoleLink, fetchLinkContents } from './console-link.ts';
import type { FilterField } from '../choices/filter-fields.ts';
import { branchFactsOrNone } from '../api/branch.ts';
import { keep, read, verify, type KeptEvent, type ReceivedDelivery } from './kept-events.ts';
import { forgetOldKey, listensAtOldKey } from './old-key.ts';
import { endSubscription, RelayClient, type RelaySubscription } from './relay-client.ts';
import { openedRequest } from './sealed-deliveries.ts';
import { reportSignatures } from './signature-report.ts';
import { describeZap } from './zap-description.ts';

/** A read-only text among the input fields. The text depends on the connection. */
interface CopyField {
  readonly key: string;
  readonly label: string;
  readonly type: 'copy';
  readonly helpText: string;
}

/** The parts of a trigger that depend on the source of its webhooks: TutorCruncher or a relay. */
export interface Hook {
  readonly display: { readonly directions?: string };
  readonly operation: {
    readonly performSubscribe?: (z: ZObject, bundle: Bundle) => Promise<{ id: string }>;
    readonly performUnsubscribe?: (z: ZObject, bundle: Bundle) => Promise<object>;
  };
  readonly inputFields: readonly ((z: ZObject, bundle: Bundle) => Promise<CopyField[]>)[];
  /**
   * Opens the delivery in a request.
   *
   * @throws {Error} a HaltedError if the request contains no delivery that this connection can read
   */
  readonly open: (z: ZObject, bundle: Bundle) => Promise<ReceivedDelivery>;
  /**
   * Reports to the relay that a signature was refused. Takes at most two seconds. Never throws. Missing in an app
   * without a relay.
   */
  readonly reportSignatures?: (z: ZObject, bundle: Bundle) => Promise<void>;
  readonly receivedEvents: (z: ZObject, bundle: Bundle, filter: EventFilter) => Promise<KeptEvent[]>;
}

/** The properties of a trigger that its hook needs. */
export interface HookedTrigger {
  readonly label: string;
  /** True if the relay sends the trigger's Zaps notices instead of webhooks; default: false. */
  readonly receivesNotices?: boolean;
  readonly choiceFields: readonly Pick<FilterField, 'field'>[];
  readonly filterFor: (bundle: Bundle) => EventFilter;
}

/** Number of deliveries to fetch if the filter has a single action and no conditions on changes. */
const FILTERED_LIMIT = 3;
/** Number of deliveries to fetch for any other filter. */
const UNFILTERED_LIMIT = 25;

/**
 * Time limit for reading the branch, in milliseconds. If the limit is exceeded, the subscription's description lacks
 * the branch's name, and the console lacks currency signs.
 */
const BRANCH_MS = 2_000;

/**
 * Returns the relay's newest stored events that match the filter. Verifies these events in the same way as live events.
 */
async function receivedEvents(client: RelayClient, bundle: Bundle, filter: EventFilter): Promise<KeptEvent[]> {
  const [action, ...others] = listedActions(filter.actions);
  const isOnlyAction = action !== undefined && others.length === 0;
  // The relay cannot check conditions on changes.
  const limit = isOnlyAction && !filter.changes ? FILTERED_LIMIT : UNFILTERED_LIMIT;
  const deliveries = await client.latestDeliveries(limit, isOnlyAction ? { action } : {});
  return deliveries.flatMap((delivery) => {
    const verified = verify(delivery, privateKeyOf(bundle));
    return 'refusal' in verified ? [] : keep(read(verified), filter);
  });
}

/** Registers the connection's channel with a relay. Ignores all failures, such as a slow or unreachable relay. */
export async function registerAtRelay(z: ZObject, bundle: Bundle, origin: string): Promise<void> {
  try {
    await new RelayClient(z, bundle, origin).register();
  } catch {
    // Turning a Zap on registers again and reports the problem.
  }
}

/**
 * Returns the help text of the field that shows the webhook URL. If the relay cannot be used, the text contains advice
 * instead.
 */
async function webhookUrlText(
  z: ZObject,
  bundle: Bundle,
  origin: string,
  { label, filterFor }: HookedTrigger,
): Promise<string> {
  const filter = filterFor(bundle).actions;
  const hasOldKey = listensAtOldKey(z, bundle, label);
  const client = new RelayClient(z, bundle, origin);
  const branch = branchFactsOrNone(z, bundle, { timeoutMs: BRANCH_MS });
  const fetchChannel = () => Promise.all([client.state(), fetchLinkContents(client, privateKeyOf(bundle))]);
  let [answer, contents] = await fetchChannel();
  if (answer.kind === 'unregistered') {
    // The channel is not registered, for example because the registration failed when the connection was tested.
    await registerAtRelay(z, bundle, origin);
    [answer, contents] = await fetchChannel();
  }
  if (answer.kind === 'unusable') return answer.advice;
  if (answer.kind === 'unavailable') return UNAVAILABLE_TEXT;
  if (answer.kind !== 'state') return unregisteredText(client.channel);
  const { state, webhookUrl } = answer;
  const hasForeignSignature = contents.verdicts[0]?.is_valid === false;
  const { name: branchName, currency } = await branch;
  const link = await createConsoleLink(client, contents, currency);
  return helpText({
    webhookUrl,
    branchName,
    state,
    hasForeignSignature,
    hasOldKey: await hasOldKey,
    filter,
    link,
  });
}

async function webhookUrlField(
  z: ZObject,
  bundle: Bundle,
  origin: string,
  trigger: HookedTrigger,
): Promise<CopyField[]> {
  try {
    const helpText = await webhookUrlText(z, bundle, origin, trigger);
    return [{ key: 'relay_webhook_url', label: 'Webhook URL for TutorCruncher', type: 'copy', helpText }];
  } catch {
    // The editor works without this field. Turning the Zap on reports the problem.
    return [];
  }
}

/** Returns the hook of a trigger in an app that was built for a relay. @param origin - the relay's public origin */
export const relayHook = (origin: string, trigger: HookedTrigger): Hook => ({
  display: {},
  operation: {
    performSubscribe: async (z, bundle) => {
      const client = new RelayClient(z, bundle, origin);
      const description = describeZap(trigger.label, trigger.choiceFields, bundle);
      const { actions } = trigger.filterFor(bundle);
      const subscription = await client.subscribe(
        bundle.targetUrl ?? '',
        actions,
        description,
        trigger.receivesNotices,
      );
      await forgetOldKey(z, bundle, trigger.label);
      return subscription;
    },
    performUnsubscribe: async (z, bundle) => {
      const { id, secret }: Readonly<Partial<RelaySubscription>> = bundle.subscribeData ?? {};
      if (id && secret) await endSubscription(z, origin, { id, secret });
      return {};
    },
  },
  inputFields: [(z, bundle) => webhookUrlField(z, bundle, origin, trigger)],
  open: (z, bundle) => openedRequest(z, bundle, origin, trigger.label),
  reportSignatures: (z, bundle) => reportSignatures(z, bundle, origin),
  receivedEvents: async (z, bundle, filter) => {
    try {
      return await receivedEvents(new RelayClient(z, bundle, origin), bundle, filter);
    } catch {
      // Zapier then shows the sample. Turning the Zap on reports the problem.
      return [];
    }
  },
});
