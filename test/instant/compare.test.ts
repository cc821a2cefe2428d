/** The changes in the records of a Zap that runs once for each person, in an app that is built for a relay. */

import { describe, expect, it } from '@jest/globals';

import { client } from '../../objects/client.ts';
import { compare } from '../../src/instant/compare.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import {
  CLASS_LESSON,
  FAMILIES,
  houseOf,
  STUDENT_ROWS,
  tracesOfOthers,
  TUTOR_ROWS,
} from '../../local/events/class-of-nine.ts';
import { loadRelayedTriggers, send, testRecords, type SentEvent, onlyRecord } from '../support/relayed-triggers.ts';
import { relayedView } from '../support/relayed-view.ts';

const relayed = await loadRelayedTriggers();

const EACH_CLIENT = { run_for: 'client' };
const [, BELLINI, CASTELLAN] = FAMILIES;
const NAMES_BY_FAMILY = FAMILIES.map(({ students }) => students.map(({ name }) => name).join(', '));

/**
 * Returns the values that name another family.
 *
 * @param records - one record per family, in the order of {@link FAMILIES}
 */
const leaksIn = (records: readonly FlatRecord[]): string[] =>
  records.flatMap((record, index) => tracesOfOthers(record, FAMILIES.slice(index, index + 1)));

const recordOf = (key: string, event: SentEvent) => onlyRecord(relayed(key), event);

describe('the changes in a run', () => {
  const updated = relayed('lesson_updated');

  it('leave out other families: a family sees its own new student, all others nothing, and a removed student has no run', async () => {
    const records = await send(updated, {
      subject: { rcras: STUDENT_ROWS.slice(0, 8), cjas: TUTOR_ROWS },
      earlier: { rcras: STUDENT_ROWS.slice(1), cjas: TUTOR_ROWS },
      // The actor is a client who has left the lesson and is only in the previous state.
      actor: { id: FAMILIES.at(-1)?.client, name: FAMILIES.at(-1)?.name, url: '' },
      inputData: EACH_CLIENT,
    });
    expect(records.map(({ student_names }) => student_names)).toEqual(NAMES_BY_FAMILY.slice(0, 6));
    expect(records.map(({ changes_text }) => changes_text)).toEqual([
      'Student Names: Kofi Abara → Ama Abara, Kofi Abara',
      ...['', '', '', '', ''],
    ]);
    expect(records.map(({ changes_known }) => changes_known)).not.toContain(false);
    expect(leaksIn(records)).toEqual([]);
  });

  it('are decided on the whole lesson: a family whose own students are unchanged gets a run', async () => {
    const event = {
      subject: CLASS_LESSON,
      earlier: { ...CLASS_LESSON, rcras: STUDENT_ROWS.slice(0, 8) },
    };
    const choice = { ...EACH_CLIENT, only_when_changed: ['student_names'], skip_when_unknown: true };
    expect(await send(updated, { ...event, inputData: choice })).toHaveLength(7);
    expect(await send(updated, { ...event, inputData: { ...choice, only_when_changed: ['lesson_topic'] } })).toEqual(
      [],
    );
    expect(await send(updated, { ...event, earlier: null, inputData: choice })).toEqual([]);
  });

  it('show a new time, topic and tutor to each family, and the previous values', async () => {
    const records = await send(updated, {
      subject: { ...CLASS_LESSON, start: '2026-06-11T16:00:00Z' },
      earlier: { ...CLASS_LESSON, topic: 'Graphs', cjas: TUTOR_ROWS.slice(0, 1) },
      inputData: EACH_CLIENT,
    });
    expect(records).toHaveLength(7);
    for (const { changes_text, previous_start } of records) {
      expect(changes_text).toMatch(
        /Topic: Graphs → [\s\S]*Tutor Names: Hannah Whitlock → Hannah Whitlock, Samuel Okoro/,
      );
      expect(previous_start).toBe('2026-06-10T16:00:00Z');
    }
    const forTutor = await send(updated, {
      subject: CLASS_LESSON,
      earlier: { ...CLASS_LESSON, cjas: TUTOR_ROWS.slice(0, 1) },
      inputData: { run_for: 'tutor' },
    });
    expect(forTutor.map(({ changes_text }) => changes_text)).toEqual(['', 'Tutor Names: (empty) → Samuel Okoro']);
  });

  it("show no other family's house as a previous location, and nobody who caused the event", async () => {
    const records = await send(updated, {
      subject: { ...CLASS_LESSON, location: houseOf(CASTELLAN) },
      earlier: { ...CLASS_LESSON, location: houseOf(BELLINI) },
      actor: { id: BELLINI.client, name: BELLINI.name, url: '' },
      inputData: EACH_CLIENT,
    });
    expect([records.length, leaksIn(records)]).toEqual([7, []]);
  });
});

describe('a record', () => {
  it('shows that its event is a repeat', async () => {
    for (const isRepeat of [false, true]) {
      const event = { earlier: null, isRepeat };
      expect(await recordOf('client_updated', event)).toMatchObject({ is_repeat: isRepeat });
      expect(await testRecords(relayed('any_event'), [event])).toMatchObject([{ is_repeat: isRepeat }]);
    }
  });

  it('of any object has no keys for the fields of one object', () => {
    const kept = { event: client.sample, previous: null, burst: [] };
    const change = { since: client.sample, layout: client.layout };
    const keysWith = (isOfAnyObject: boolean) =>
      Object.keys(compare(kept, change, null, { ...relayedView(client), isOfAnyObject }, NEUTRAL_LOCALE));
    expect([false, true].map((isOfAny) => keysWith(isOfAny).includes('previous_status'))).toEqual([true, false]);
  });
});
