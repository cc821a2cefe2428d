/**
 * The triggers that depend on the time of a lesson. The triggers differ in the time on which they depend, which is the
 * start or the end of the lesson, and in the statuses of due lessons.
 */

import type { JsonObject } from '../../wire/json.ts';
import { choicesInput, statusesOf } from '../inputs/choice.ts';
import { durationInputs } from '../inputs/duration.ts';
import { utcText } from '../record/local-time.ts';
import { rowText } from '../api/rows.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';
import { LESSON_CHOICES, lessonPoll, TAKEN_PLACE } from './lesson-poll.ts';
import { HOW_OFTEN, MIN_REACH_MS, REACH_MS, type PolledTriggerDefinition } from './polled-trigger-definition.ts';
import { polledTrigger, type PolledTrigger } from './polled-trigger.ts';

/** The properties that differ between the triggers for lessons. */
interface LessonTrigger extends Omit<PolledTriggerDefinition, 'object' | 'inputs' | 'offersRunFor' | 'idEnd' | 'poll'> {
  readonly object: TutorCruncherObject;
}

/**
 * Help text about the number of lessons that the triggers can handle. `npm run polls` and
 * `test/polled/scenarios/busy-branch.test.ts` measure the numbers.
 */
const SIZES =
  'Up to 600 lessons a day fit with polls every 1 or 2 minutes, even for seven such Zaps. With polls every 15 minutes, ' +
  'up to 600 fit with one Zap, and up to 150 with seven. If lessons are missed, an error says how many and when.';

const TIME_BEFORE = durationInputs(
  'time_before',
  [30, 'minutes'],
  [14, 'days'],
  24,
  `How long before the start of the lesson to trigger: at least 30 minutes and at most 14 days. ${HOW_OFTEN} ${SIZES}`,
);

/**
 * Returns the inputs for the time after the end of a lesson.
 *
 * @param reach - words for the time until which a change of status triggers the Zap
 */
const timeAfter = (defaultNumber: number, reach: string) =>
  durationInputs(
    'time_after',
    [0, 'minutes'],
    [7, 'days'],
    defaultNumber,
    `How long after the end of the lesson to trigger: at most 7 days. If the status of a lesson fits only later, the lesson ` +
      `triggers then, up to ${reach}. ${HOW_OFTEN} ${SIZES} A lesson that takes more than 24 hours may be overlooked.`,
  );
const AFTER_END = timeAfter(0, '48 hours after this time');
const AFTER_A_DAY = timeAfter(24, '7 days after its end, or 48 hours after this time if that is later');

/**
 * Defines a trigger for planned lessons that start soon. A rescheduled lesson triggers the Zap again before its new
 * start.
 */
export const startingLessonTrigger = (trigger: LessonTrigger): PolledTrigger =>
  polledTrigger({
    ...trigger,
    offersRunFor: true,
    inputs: [...TIME_BEFORE.inputs, ...LESSON_CHOICES],
    // TutorCruncher can write the same moment with a different offset, so the id contains the moment in UTC.
    idEnd: (record: JsonObject) => utcText(Date.parse(rowText(record, 'start'))),
    poll: (values, run, now) => {
      const span = { from: now + 1, to: now + TIME_BEFORE.msIn(values, run) };
      return lessonPoll(trigger.object, values, run, { moment: 'start', span, statuses: ['planned'] });
    },
  });

/** Defines a trigger for lessons that have ended and have one of the chosen statuses. */
export function endedLessonTrigger(trigger: LessonTrigger): PolledTrigger {
  const { object } = trigger;
  const statusesInput = choicesInput('statuses', statusesOf(object), {
    becomes: null,
    helpText:
      'Only trigger for lessons with one of these statuses. Leave empty for all except the two statuses of cancelled lessons.',
  });
  return polledTrigger({
    ...trigger,
    offersRunFor: true,
    inputs: [...AFTER_END.inputs, statusesInput, ...LESSON_CHOICES],
    poll: (values, run, now) => {
      const to = now - AFTER_END.msIn(values, run);
      const statuses = values.of(statusesInput) ?? TAKEN_PLACE;
      return lessonPoll(object, values, run, { moment: 'finish', span: { from: to - MIN_REACH_MS, to }, statuses });
    },
  });
}

/** Defines a trigger for lessons that have ended but still have a status that somebody must change, such as planned. */
export const unfinishedLessonTrigger = ({
  status,
  ...trigger
}: LessonTrigger & { readonly status: string }): PolledTrigger =>
  polledTrigger({
    ...trigger,
    offersRunFor: true,
    inputs: [...AFTER_A_DAY.inputs, ...LESSON_CHOICES],
    sample: { status },
    poll: (values, run, now) => {
      const after = AFTER_A_DAY.msIn(values, run);
      const span = { from: now - Math.max(REACH_MS, after + MIN_REACH_MS), to: now - after };
      return lessonPoll(trigger.object, values, run, { moment: 'finish', span, statuses: [status] });
    },
  });
