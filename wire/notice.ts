/**
 * Notices: messages that tell Zaps with the trigger Delivery Problem when events stop arriving or cannot be delivered.
 * A notice is sealed and delivered like a webhook. Its body is the JSON of a {@link Notice}, signed with HMAC-SHA256
 * under the notice key, which the connector sends to the relay when it subscribes a Zap (`deriveNoticeKey`).
 */

import type { ZapDescription } from './console-api.ts';
import { isJsonObject } from './json.ts';

/** Key of the trigger whose Zaps receive notices. */
export const NOTICE_TRIGGER = 'delivery_problem';

/**
 * The kinds of problems:
 * - `failing`: a Zap has not accepted events for 30 minutes;
 * - `silent`: TutorCruncher has sent no webhook for longer than usual;
 * - `refusing`: the channel refuses webhooks because of a limit;
 * - `wrong_key`: webhooks are signed with a different private key, according to the connector;
 * - `given_up`: events for a Zap have become dead letters;
 * - `ended`: a Zap's subscription has ended, because Zapier responded with 410.
 *
 * Problems of the last two kinds have no end.
 */
export const PROBLEM_KINDS = ['failing', 'silent', 'refusing', 'wrong_key', 'given_up', 'ended'] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

/** Time after which an undelivered notice is deleted, in milliseconds. */
export const NOTICE_MS = 24 * 60 * 60 * 1000;

/** The body of a notice. All times are milliseconds since 1970 on the relay's clock. */
export interface Notice {
  /** UUID, the same in all attempts. */
  readonly id: string;
  readonly trigger: typeof NOTICE_TRIGGER;
  readonly sent_at: number;
  readonly kind: ProblemKind;
  readonly state: 'started' | 'over';
  readonly started_at: number;
  readonly over_at: number | null;
  /** Number of Zaps with the problem; 0 if the problem affects all Zaps. */
  readonly zaps: number;
  /** Description of the only Zap with the problem; null if there are several, or if there is no description. */
  readonly zap: ZapDescription | null;
  /** True if the problem has ended because the Zaps were turned off. */
  readonly is_off: boolean;
  /** True if other webhooks have a valid signature, although some webhooks are signed with a different private key. */
  readonly are_others_valid: boolean;
  /**
   * HTTP status or error code of the last failure, such as `HTTP 500`; null if several Zaps have different failures.
   */
  readonly last_failure: string | null;
  readonly events_waiting: number;
  /** Number of dead letters. A notice of the kind `given_up` counts only the dead letters since the previous notice. */
  readonly events_given_up: number;
}

/** Returns the action that selects a kind of notice in the filter of a subscription. No webhook has this action. */
export const noticeAction = (kind: ProblemKind): string => `${NOTICE_TRIGGER}_${kind}`;

/** Returns true for the action filter of a Zap that receives notices. The filter can come from a relay's response. */
export const selectsNotices = ({ actions }: { readonly actions?: unknown; readonly all_except?: unknown }): boolean =>
  String(actions).startsWith(NOTICE_TRIGGER);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isCountOrNull = (value: unknown): value is number | null => value === null || isCount(value);
const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string';

function zapIn(value: unknown): ZapDescription | null {
  if (!isJsonObject(value) || typeof value.trigger !== 'string') return null;
  const options: readonly unknown[] = Array.isArray(value.options) ? value.options : [];
  return {
    trigger: value.trigger,
    options: options
      .filter(isJsonObject)
      .map(({ label, value: choice }) => ({ label: String(label), value: String(choice) })),
    zap_id: typeof value.zap_id === 'string' && /^\d{1,20}$/.test(value.zap_id) ? value.zap_id : null,
  };
}

/** Reads the body of a notice for any trigger. Returns null if the body is malformed or the kind is unknown. */
export function noticeIn(body: string): (Omit<Notice, 'trigger'> & { readonly trigger: string }) | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  if (!isJsonObject(value)) return null;
  const { id, trigger, state, sent_at, started_at, over_at, zaps, is_off, last_failure } = value;
  const { events_waiting, events_given_up } = value;
  const kind = PROBLEM_KINDS.find((known) => known === value.kind);
  if (typeof id !== 'string' || typeof trigger !== 'string' || kind === undefined) return null;
  if (state !== 'started' && state !== 'over') return null;
  if (!isCount(sent_at) || !isCount(started_at) || !isCountOrNull(over_at)) return null;
  if (!isTextOrNull(last_failure) || !isCount(zaps) || !isCount(events_waiting) || !isCount(events_given_up))
    return null;
  return {
    id,
    trigger,
    sent_at,
    kind,
    state,
    started_at,
    over_at,
    zaps,
    zap: zapIn(value.zap),
    is_off: is_off === true,
    are_others_valid: value.are_others_valid === true,
    last_failure,
    events_waiting,
    events_given_up,
  };
}
