/**
 * Creates the record of a notice about a problem: a summary, advice, and the values on which the summary and the advice
 * are based.
 */

import type { ZapDescription } from '../../wire/console-api.ts';
import { PROBLEM_KINDS, NOTICE_TRIGGER, type Notice, type ProblemKind } from '../../wire/notice.ts';
import { describeDuration, describeFailure, eventsThat } from '../hooks/zap-status.ts';
import { branchFields, branchText } from '../record/branch-fields.ts';
import { entryText } from '../record/joined-texts.ts';
import type { Locale } from '../record/locale.ts';
import { timeTexts } from '../record/ready-made.ts';
import type { FlatRecord } from '../record/record.ts';
import { utcText } from '../record/local-time.ts';

/** The values that the texts of a notice contain or depend on. */
interface NoticeFacts extends Omit<Notice, 'trigger'> {
  /** Name of the Zap, or the number of Zaps, such as `12 Zaps`. */
  readonly name: string;
  /** Duration of the problem in words. */
  readonly lasted: string;
  readonly areSeveral: boolean;
  /** The connection's branch in words; null if the branch is unknown. */
  readonly branch: string | null;
}

/** The texts for a kind of problem. */
interface Texts {
  readonly started: (facts: NoticeFacts) => string;
  /** Text of the notice that the problem has ended. Missing for a kind of problem that has no end. */
  readonly over?: (facts: NoticeFacts) => string;
  readonly advice: string;
  /** Advice for a problem that affects several Zaps; default: `advice`. */
  readonly adviceForSeveral?: string;
}

/** The name of the console in texts for users. Each trigger shows a link with this name in the Zap editor. */
const CONSOLE = 'the page See what happened to each event, to which each trigger links in the Zap editor,';
const OFF_AND_ON =
  'Turning a Zap off and on loses nothing: its waiting events become Stopped, and the page can send them to it again.';
const TRY_NOW =
  `Then open ${CONSOLE} and press Try now for the Zap: otherwise, the relay may wait for up to an hour. It gives an event ` +
  `up after a day. ${OFF_AND_ON}`;

const KEPT = 'The relay keeps them for 14 days.';

const TEXTS: Readonly<Record<ProblemKind, Texts>> = {
  failing: {
    started: ({ name, areSeveral, lasted, events_waiting, last_failure }) =>
      `${name} ${areSeveral ? 'have' : 'has'} not accepted events for ${lasted}. ${eventsThat(events_waiting, ['is waiting', 'are waiting'])}.` +
      (last_failure === null ? '' : ` ${describeFailure(last_failure)}.`),
    over: ({ name, areSeveral, lasted, is_off, events_given_up }) =>
      is_off
        ? `${name} ${areSeveral ? 'have' : 'has'} been turned off, after failing for ${lasted}.` +
          (events_given_up === 0
            ? ''
            : ` ${eventsThat(events_given_up, ['has', 'have'])} not reached ${areSeveral ? 'them' : 'it'}.`)
        : `${name} ${areSeveral ? 'accept' : 'accepts'} events again, after ${lasted}.`,
    advice: `Open the Zap in Zapier, look at its Zap History, and correct the Zap. ${TRY_NOW}`,
    adviceForSeveral:
      `If status.zapier.com reports a problem, wait until it is over. Otherwise, open ${CONSOLE} and choose Zaps to see ` +
      'which Zaps fail, and why. Correct each of them and press Try now: otherwise, the relay may wait for up to an hour. ' +
      `It gives an event up after a day. ${OFF_AND_ON}`,
  },
  silent: {
    started: ({ lasted }) => `TutorCruncher has sent no webhook for ${lasted}, which is longer than usual.`,
    over: ({ lasted }) => `TutorCruncher sends webhooks again, after ${lasted}.`,
    advice:
      'TutorCruncher may have switched the integration off. In TutorCruncher, open Settings > API, and check that the ' +
      'integration is active and contains the webhook URL that the triggers show in Zapier.',
  },
  refusing: {
    started: () =>
      "The relay refuses TutorCruncher's webhooks, because too many events are waiting or too many arrive at once.",
    over: ({ lasted }) => `The relay accepts TutorCruncher's webhooks again, after ${lasted}.`,
    advice:
      `TutorCruncher repeats a refused webhook for only 19 minutes. Open ${CONSOLE} and choose Zaps to see which Zaps do ` +
      'not accept their events. Correct each of them and press Try now. Turn off a Zap that you no longer need: its ' +
      'waiting events make room. If no Zap fails and this persists, tell the person who gave you this app.',
  },
  wrong_key: {
    started: ({ are_others_valid, branch }) =>
      are_others_valid
        ? `Some webhooks${branch === null ? '' : ` at the URL of ${branch}`} were signed with another private key, so that Zaps refuse them. Somebody is sending forged events to ` +
          'your webhook URL, or a second integration contains it.'
        : `The newest webhooks${branch === null ? '' : ` at the URL of ${branch}`} were all signed with another private key, so that Zaps refuse them. The private key of the ` +
          'connection is probably wrong, or only forged events arrive.',
    over: () => 'Zaps no longer report webhooks that were signed with another private key.',
    advice:
      'In TutorCruncher, open Settings > API. Paste the webhook URL into the integration whose private key the connection ' +
      'in Zapier uses, and remove it from all others. If no other integration contains it, tell the person who gave you ' +
      'this app that forged events arrive, and ask for a new webhook URL.',
  },
  given_up: {
    started: ({ name, events_given_up }) => `${eventsThat(events_given_up, ['was', 'were'])} given up for ${name}.`,
    advice: `Open ${CONSOLE} look at the events that are Stopped, and press Send again. ${OFF_AND_ON} ${KEPT}`,
  },
  ended: {
    started: ({ name, areSeveral, events_given_up }) =>
      `Zapier said that ${name} ${areSeveral ? 'are off, so they receive' : 'is off, so it receives'} no more events. ` +
      `${eventsThat(events_given_up, ['has', 'have'])} not reached ${areSeveral ? 'them' : 'it'}.`,
    advice:
      'Open the Zap in Zapier. If it looks on, turn it off and on again. Then open ' +
      `${CONSOLE} look at the events that are Stopped, and press Send again. ${KEPT}`,
    adviceForSeveral:
      `Open ${CONSOLE} which names the Zaps at the top. Open each of them in Zapier. If it looks on, turn it off and on ` +
      `again. Then look at the events that are Stopped, and press Send again. ${KEPT}`,
  },
};

const NOTHING_TO_DO = 'You do not need to do anything.';
/** Advice about a failing Zap that was turned off after some of its events were given up. */
const IF_TURNED_ON =
  `If you turn the Zap on again, open ${CONSOLE} look at the events that are Stopped, and press Send again. Otherwise, you ` +
  `do not need to do anything. ${KEPT}`;

const adviceAfter = ({ is_off, events_given_up }: Pick<Notice, 'is_off' | 'events_given_up'>): string =>
  is_off && events_given_up > 0 ? IF_TURNED_ON : NOTHING_TO_DO;

const optionsOf = (zap: ZapDescription | null): string | null =>
  zap === null || zap.options.length === 0
    ? null
    : zap.options.map(({ label, value }) => entryText(`${label}: ${value}`, ' · ')).join(' · ');

/** Returns the record of a notice. The records of all notices have the same keys. */
export function noticeRecord(notice: Omit<Notice, 'trigger'>, locale: Locale): FlatRecord {
  const { id, kind, state, sent_at, started_at, over_at, zaps, zap, events_waiting, events_given_up } = notice;
  const areSeveral = zaps > 1;
  const duration = describeDuration((over_at ?? sent_at) - started_at);
  const facts = {
    ...notice,
    areSeveral,
    name: areSeveral ? `${zaps} Zaps` : (zap?.trigger ?? 'A Zap'),
    lasted: areSeveral ? `up to ${duration}` : duration,
    branch: branchText(locale.branch),
  };
  const { started, over = started, advice, adviceForSeveral = advice } = TEXTS[kind];
  const isOver = state === 'over';
  const times = (key: string, moment: number | null): FlatRecord => {
    const value = moment === null ? null : utcText(moment);
    return { [`${key}_text`]: timeTexts(value, locale)?.text ?? null, [key]: value };
  };
  return {
    problem_summary: (isOver ? over : started)(facts),
    problem_advice: isOver ? adviceAfter(notice) : areSeveral ? adviceForSeveral : advice,
    problem_kind: kind,
    problem_state: state,
    zap_trigger: zap?.trigger ?? null,
    zap_description: optionsOf(zap),
    zaps_affected: zaps === 0 ? null : zaps,
    zap_url: zap?.zap_id ? `https://zapier.com/editor/${zap.zap_id}` : null,
    events_waiting,
    events_given_up,
    ...times('started_at', started_at),
    ...times('over_at', over_at),
    ...branchFields(locale.branch),
    id,
  };
}

const SAMPLE_START = Date.UTC(2026, 5, 10, 16);
const MINUTE_MS = 60_000;
const SAMPLE_ZAP: ZapDescription = {
  trigger: 'Invoice Paid',
  options: [{ label: 'New Statuses', value: 'Paid' }],
  zap_id: '123456789',
};

/**
 * Returns sample notices: one for the start of each kind of problem, and one for the end of the first problem that can
 * end.
 */
export function sampleNotices(kinds: readonly ProblemKind[] = PROBLEM_KINDS): Notice[] {
  const started = kinds.map((kind, index): Notice => {
    const isOfZap = ['failing', 'given_up', 'ended'].includes(kind);
    const lasted = kind === 'silent' ? 3 * 24 * 60 : 40;
    return {
      id: `00000000-0000-4000-8000-00000000000${index}`,
      trigger: NOTICE_TRIGGER,
      sent_at: SAMPLE_START + lasted * MINUTE_MS,
      kind,
      state: 'started',
      started_at: SAMPLE_START,
      over_at: null,
      zaps: isOfZap ? 1 : 0,
      zap: isOfZap ? SAMPLE_ZAP : null,
      is_off: kind === 'ended',
      are_others_valid: false,
      last_failure: isOfZap ? 'HTTP 500' : null,
      events_waiting: ['failing', 'refusing'].includes(kind) ? 12 : 0,
      events_given_up: ['given_up', 'ended'].includes(kind) ? 3 : 0,
    };
  });
  const first = started.find(({ kind }) => TEXTS[kind].over);
  return first ? [...started, { ...first, state: 'over', over_at: first.sent_at, events_waiting: 0 }] : started;
}
