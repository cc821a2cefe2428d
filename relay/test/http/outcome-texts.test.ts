/** The console's texts for the outcomes of events and for the reasons for failures. */

import { describe, expect, it } from '@jest/globals';

import type { EventAtZap } from '../../../wire/console-api.ts';
import { explanationOf, failureText } from '../../http/outcome-texts.ts';

const explained = (changes: Partial<EventAtZap>, failures = 0, reason: string | null = null, isOn = true): string =>
  explanationOf(
    { zap: '1', outcome: 'given_up', was_on: true, is_sent_again: false, ...changes },
    failures,
    reason,
    isOn,
  );

describe('the outcome of an event', () => {
  it('is described in sentences', () => {
    expect(explained({ outcome: 'delivered' })).toBe('Zapier accepted the event on the first attempt.');
    expect(explained({ outcome: 'delivered' }, 1)).toBe('Zapier accepted the event after 1 failed attempt.');
    expect(explained({ outcome: 'failed' }, 1, 'HTTP 429')).toBe(
      'Zapier is receiving too many events at once (429). This usually passes by itself.',
    );
    expect(explained({ outcome: 'failed' })).toBe('Zapier did not accept the event.');
    expect(explained({}, 1, 'HTTP 400')).toMatch(
      /^Zapier refused the event \(400\)\. .* Correct the Zap\. The relay has stopped trying\. Press Send again to try/,
    );
    expect(explained({}, 1, 'HTTP 400', false)).toMatch(
      /stopped trying\. The Zap is off\. Press Send again to send the event to a Zap .* that is on\.$/,
    );
    expect(explained({}, 2, 'HTTP 502')).toMatch(/^Zapier had an internal problem \(502\) in 2 attempts\. /);
    expect(explained({}, 2, 'skipped by the operator')).toMatch(/^The relay's operator skipped it\. The relay has/);
    expect(explained({})).toMatch(/^Zapier did not accept the event\. The relay has stopped trying\. /);
    expect(explained({ outcome: 'waiting' })).toBe('The event is waiting for its turn.');
    expect(explained({ outcome: 'waiting', is_sent_again: true })).toBe('The event is about to be sent again.');
    expect(explained({ outcome: 'not_wanted' })).toBe('The trigger of the Zap does not select this event.');
    expect(explained({ outcome: 'not_wanted', was_on: false })).toBe(
      'The Zap was turned on after the event had arrived.',
    );
  });

  const PASSES = /^This usually passes by itself\.$/;
  const TURN_ON_AGAIN = /^Turn the Zap off and on again/;
  it.each<[failures: readonly string[], meaning: string, advice: RegExp]>([
    [['HTTP 307'], 'Zapier redirected the event to another address (307)', TURN_ON_AGAIN],
    [['HTTP 400'], 'Zapier refused the event (400)', /Correct the Zap\.$/],
    [['HTTP 401'], 'Zapier did not let the relay deliver the event (401)', TURN_ON_AGAIN],
    [['HTTP 403'], 'Zapier did not let the relay deliver the event (403)', TURN_ON_AGAIN],
    [['HTTP 404'], 'Zapier does not know the address of the Zap (404)', TURN_ON_AGAIN],
    [['HTTP 410'], 'The Zap is off (410)', /^Turn it on in Zapier\.$/],
    [['HTTP 413'], 'The event is too large for Zapier (413)', /^It cannot be sent/],
    [['HTTP 422'], 'Zapier refused the event (422)', /Correct the Zap\.$/],
    [['HTTP 429'], 'Zapier is receiving too many events at once (429)', PASSES],
    [['HTTP 524'], 'Zapier had an internal problem (524)', /passes by itself\. status\.zapier\.com/],
    [['ATTEMPT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'ETIMEDOUT'], 'Zapier did not respond in time', PASSES],
    [['ECONNREFUSED'], 'Zapier refused the connection', /If not, ask the relay's operator\.$/],
    [['ECONNRESET', 'UND_ERR_SOCKET'], 'The connection to Zapier was lost', PASSES],
    [
      ['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'],
      'The connection to Zapier was not secure',
      /operator to check its clock/,
    ],
    [['ENOTFOUND', 'no connection'], 'Zapier could not be reached', /If not, ask the relay's operator\.$/],
    [['too large for Zapier'], 'The event is too large for Zapier', /^It cannot be sent/],
    [['content not stored'], 'The relay no longer has the content of the event', /^It cannot be sent/],
  ])('after the failures %j has a meaning and says what to do', (failures, meaning, advice) => {
    for (const failure of failures) {
      expect(failureText(failure)).toBe(meaning);
      const text = explained({}, 1, failure);
      expect(text.startsWith(`${meaning}. `)).toBe(true);
      expect(text.slice(meaning.length + 2).replace(/ The relay has stopped.*/, '')).toMatch(advice);
    }
  });
});
