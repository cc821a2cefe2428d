/**
 * Factory for the trigger that receives notices, which exists only in apps that are built for a relay. The relay
 * creates a notice and signs it with the notice key, because TutorCruncher does not sign notices. The record of a
 * notice contains no event.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { deriveNoticeKey } from '../../wire/capability.ts';
import { noticeAction, noticeIn, PROBLEM_KINDS, type Notice, type ProblemKind } from '../../wire/notice.ts';
import { refusalOf } from '../../wire/signature.ts';
import type { EventFilter } from '../choices/event-filter.ts';
import { hookOf } from './event-source.ts';
import { hookDefinition } from './hook-definition.ts';
import type { TriggerText } from '../choices/trigger-text.ts';
import { refusedRequest } from '../hooks/refusal-messages.ts';
import { RELAY_URL } from '../hooks/relay-url.ts';
import { valuesChosenIn, narrowFilter, type FilterField } from '../choices/filter-fields.ts';
import { noticeRecord, sampleNotices } from './notice-record.ts';
import { once } from '../once.ts';
import { privateKeyOf } from '../api/private-key.ts';
import { outputFieldsOf } from '../record/output-fields.ts';
import { sampleLocale, sampleOf } from '../object/samples.ts';
import { localeOf } from '../inputs/run-time-zone.ts';
import { TIME_ZONE_FIELD } from '../inputs/time-zone-field.ts';

/**
 * Maximum age of an accepted notice, in milliseconds. The relay keeps notices for a day, and the additional hour allows
 * for a late attempt or an inaccurate clock.
 */
const MAX_AGE_MS = 25 * 60 * 60 * 1000;

const KIND_LABELS: Readonly<Record<ProblemKind, string>> = {
  failing: 'A Zap has not accepted events for 30 minutes',
  silent: 'TutorCruncher sends no webhooks',
  refusing: 'The relay refuses webhooks because of a limit',
  wrong_key: 'Webhooks are signed with another private key',
  given_up: 'Events were given up',
  ended: 'Zapier says that a Zap is off',
};

const isKind = (text: string): text is ProblemKind => text in KIND_LABELS;

const KINDS_FIELD: FilterField = {
  field: {
    key: 'problem_kinds',
    label: 'Problems',
    helpText: 'Only trigger on these problems. Leave empty to trigger on all of them.',
    type: 'string',
    required: false,
    list: true,
    choices: KIND_LABELS,
  },
  narrow: (filter, choices) => {
    const actions = choices.filter(isKind).map(noticeAction);
    return actions.length > 0 ? { ...filter, actions: { actions } } : filter;
  },
};

const FILTER: EventFilter = { actions: { actions: PROBLEM_KINDS.map(noticeAction) }, object: null };

const REFUSED = 'This notice about a problem was refused because';
const MESSAGES = {
  unauthenticated:
    `${REFUSED} it is not authenticated with the key of this connection. If you sent it yourself to try out the URL, ignore ` +
    'this message. Otherwise, the connection was probably given another private key while the Zap was on: turn the Zap off ' +
    'and on again.',
  malformed: `${REFUSED} this app cannot read it. The relay and this app have different versions: tell the person who gave you this app.`,
  foreign: `${REFUSED} it is meant for another trigger. Tell the person who gave you this app, because somebody may have copied it.`,
  old: `${REFUSED} it is older than 25 hours. If the problem still exists, ask the person who gave you this app to check the clock of the relay.`,
};

/**
 * Returns the authenticated notice in a request.
 *
 * @throws {Error} a HaltedError if the notice is forged, malformed, too old ({@link MAX_AGE_MS}) or for another trigger
 */
function noticeFor(
  trigger: string,
  z: ZObject,
  noticeKey: string,
  { content, headers }: { readonly content: string; readonly headers: Readonly<Record<string, unknown>> },
): Omit<Notice, 'trigger'> {
  if (refusalOf(content, headers, noticeKey)) throw refusedRequest(z, MESSAGES.unauthenticated);
  const notice = noticeIn(content);
  if (!notice) throw refusedRequest(z, MESSAGES.malformed);
  if (notice.trigger !== trigger) throw refusedRequest(z, MESSAGES.foreign);
  if (Date.now() - notice.sent_at > MAX_AGE_MS) throw refusedRequest(z, MESSAGES.old);
  return notice;
}

/** Defines a trigger for notices. This definition is allowed only in an app that is built for a relay. */
export function noticeTrigger(text: TriggerText) {
  const { key, label } = text;
  const filterFor = (bundle: Bundle): EventFilter => narrowFilter(FILTER, [KINDS_FIELD], bundle);
  const hook = hookOf({ label, choiceFields: [KINDS_FIELD], filterFor, receivesNotices: true });
  const samples = once(() => sampleNotices().map((notice) => noticeRecord(notice, sampleLocale())));
  const fullSample = () => samples().at(-1) ?? {};
  const outputFields = once(() => outputFieldsOf(fullSample(), 'Problem ID'));
  const definition = hookDefinition(text, {
    noun: 'Problem',
    hook,
    sample: () => sampleOf(key, () => samples()[0] ?? {}),
    perform: async (z, bundle) => {
      const delivery = await hook.open(z, bundle);
      const notice = noticeFor(key, z, deriveNoticeKey(privateKeyOf(bundle), RELAY_URL ?? ''), delivery);
      return [noticeRecord(notice, await localeOf(z, bundle))];
    },
    performList: async (z, bundle) => {
      const locale = await localeOf(z, bundle, true);
      const kinds = valuesChosenIn(KINDS_FIELD, bundle).filter(isKind);
      return sampleNotices(kinds.length > 0 ? kinds : PROBLEM_KINDS).map((notice) => noticeRecord(notice, locale));
    },
    inputFields: [KINDS_FIELD.field],
    outputFields: [outputFields],
  });
  return {
    definition,
    /** Returns a sample record of a notice that a problem has ended. Every field of this record has a value. */
    fullSample,
    outputFields,
    inputFields: [KINDS_FIELD.field, TIME_ZONE_FIELD],
  };
}
