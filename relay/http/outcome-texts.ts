/** The reasons for failed attempts, and the outcomes of events for Zaps, in sentences for the console. */

import type { EventAtZap } from '../../wire/console-api.ts';

const PASSES = 'This usually passes by itself.';
/**
 * Advice for a Zap whose URL no longer works. Turning a Zap off and on gives the Zap a new URL, and turns the Zap's
 * waiting events into missed events.
 */
const NEW_URL = 'Turn the Zap off and on again, and then send its missed events again.';
const NOT_SENDABLE = 'It cannot be sent. Look up the record in TutorCruncher.';
const ASK = "If not, ask the relay's operator.";

/**
 * Patterns for the relay's short form of a failure, with the meaning of the failure and advice. The first matching
 * pattern applies.
 */
const REASONS: readonly (readonly [pattern: RegExp, meaning: string, advice: string])[] = [
  [/^HTTP 3/, 'Zapier redirected the event to another address', NEW_URL],
  [/^HTTP 40[13]/, 'Zapier did not let the relay deliver the event', NEW_URL],
  [/^HTTP 404/, 'Zapier does not know the address of the Zap', NEW_URL],
  [/^HTTP 410/, 'The Zap is off', 'Turn it on in Zapier.'],
  [/^turned off/, 'The Zap was turned off while the event was waiting for it', 'Turn it on in Zapier.'],
  [/^HTTP 413|^too large/, 'The event is too large for Zapier', NOT_SENDABLE],
  [/^HTTP 429/, 'Zapier is receiving too many events at once', PASSES],
  [/^HTTP (408|5)/, 'Zapier had an internal problem', `${PASSES} status.zapier.com shows Zapier's problems.`],
  [/^HTTP/, 'Zapier refused the event', 'The response may say why. Correct the Zap.'],
  [/TIME(D_?)?OUT/, 'Zapier did not respond in time', PASSES],
  [
    /CERT|SSL|TLS|SIGN|EPROTO/,
    'The connection to Zapier was not secure',
    "Ask the relay's operator to check its clock.",
  ],
  [/REFUSED/, 'Zapier refused the connection', `${PASSES} ${ASK}`],
  [/RESET|EPIPE|SOCKET/, 'The connection to Zapier was lost', PASSES],
  [/^content/, 'The relay no longer has the content of the event', NOT_SENDABLE],
  [/^skipped/, "The relay's operator skipped it", ''],
  [/^/, 'Zapier could not be reached', `${PASSES} ${ASK}`],
];

/**
 * Returns the meaning of a failure and the advice. The meaning includes the HTTP status, if any. The advice can be
 * empty.
 */
function reasonFor(failure: string): readonly [meaning: string, advice: string] {
  const [, meaning = '', advice = ''] = REASONS.find(([pattern]) => pattern.test(failure)) ?? [];
  const [, status] = /^HTTP (\d{3})$/.exec(failure) ?? [];
  return [status === undefined ? meaning : `${meaning} (${status})`, advice];
}

/** Describes a failed attempt, or another reason for giving up, from its short form such as `HTTP 500`. */
export const failureText = (failure: string): string => reasonFor(failure)[0];

/**
 * Describes the outcome of an event for a Zap: the reason for a failure, advice, and the next step of the relay or the
 * user.
 *
 * @param reason - the short form of the last failure, or of the reason for giving up; null if there was no failure
 * @param isOn - true if the Zap is on
 */
export function explanationOf(atZap: EventAtZap, failures: number, reason: string | null, isOn: boolean): string {
  const [meaning, advice] = reason === null ? ['Zapier did not accept the event', ''] : reasonFor(reason);
  switch (atZap.outcome) {
    case 'delivered':
      return failures === 0
        ? 'Zapier accepted the event on the first attempt.'
        : `Zapier accepted the event after ${failures} failed attempt${failures === 1 ? '' : 's'}.`;
    case 'failed':
      return [`${meaning}.`, advice].join(' ').trim();
    case 'given_up': {
      if (advice === NOT_SENDABLE) return `${meaning}. ${advice}`;
      const count = failures > 1 && advice !== '' ? ` in ${failures} attempts` : '';
      const again = isOn
        ? 'Press Send again to try once more.'
        : 'The Zap is off. Press Send again to send the event to a Zap with the same trigger and choices that is on.';
      return [`${meaning}${count}.`, advice, 'The relay has stopped trying.', again].filter(Boolean).join(' ');
    }
    case 'waiting':
      return atZap.is_sent_again ? 'The event is about to be sent again.' : 'The event is waiting for its turn.';
    case 'not_wanted':
      return atZap.was_on
        ? 'The trigger of the Zap does not select this event.'
        : 'The Zap was turned on after the event had arrived.';
  }
}
