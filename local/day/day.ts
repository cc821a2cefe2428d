/** The events of a day at a fictional branch, in the order in which TutorCruncher sends them. */

import type { JsonObject } from '../../wire/json.ts';
import { clientFields, FERREIRA, jobFields, KHAN, OAKLEY, studentFields } from './branch.ts';
import {
  clientCreated,
  clientEdited,
  clientStatusChanged,
  DAY_MS,
  invoiceEvents,
  jobCreated,
  jobStatusChanged,
  lessonEvents,
  studentCreated,
  type DayEvent,
} from './branch-events.ts';

/**
 * Returns the events of the day.
 *
 * @param now - milliseconds since 1970
 */
export function dayAt(now: number): readonly DayEvent[] {
  // 16:00 UTC today. Lessons are planned for this time and the following days.
  const afternoon = Math.floor(now / DAY_MS) * DAY_MS + 16 * 3_600_000;
  const tomorrow = afternoon + DAY_MS;
  const fractions = lessonEvents(OAKLEY, 9201, 'Fractions', tomorrow);
  const essays = lessonEvents(FERREIRA, 9202, 'Planning an essay', afternoon);
  const circuits = lessonEvents(KHAN, 9203, 'Electric circuits', tomorrow);
  const poetry = lessonEvents(FERREIRA, 9204, 'War poetry', tomorrow + DAY_MS);
  const decimals = lessonEvents(OAKLEY, 9205, 'Decimals', afternoon);
  const [first, second, third, fourth] = [
    invoiceEvents(OAKLEY, 212, 4, now, now - DAY_MS),
    invoiceEvents(FERREIRA, 213, 2, now, now - DAY_MS),
    invoiceEvents(KHAN, 214, 3, now, now - DAY_MS),
    invoiceEvents(OAKLEY, 215, 1, now, now - DAY_MS),
  ];
  const aisha = (changes: JsonObject) => clientFields(KHAN, { status: 'prospect', mobile: '07700 900410', ...changes });
  const daniel = (changes: JsonObject) => clientFields(FERREIRA, { street: '3 Harbour Row', ...changes });
  const physics = jobFields(KHAN, { status: 'pending' });
  return [
    fractions.created,
    first.raised,
    { ...first.paid, statuses: [500, 500] },
    fractions.moved(tomorrow + DAY_MS),
    essays.created,
    clientCreated(KHAN.id, 'Aisha Khan', aisha({})),
    clientEdited(KHAN.id, 'Aisha Khan', aisha({ mobile: '07700 900418' })),
    essays.completed,
    second.raised,
    second.paid,
    studentCreated(KHAN.id + 200, 'Yusuf Khan', studentFields(KHAN)),
    jobCreated(KHAN.id + 400, KHAN.job, physics),
    clientStatusChanged(KHAN.id, 'Aisha Khan', aisha({ mobile: '07700 900418', status: 'live' })),
    circuits.created,
    jobStatusChanged(KHAN.id + 400, KHAN.job, { ...physics, status: 'in-progress' }),
    clientEdited(FERREIRA.id, 'Daniel Ferreira', daniel({})),
    decimals.created,
    circuits.moved(tomorrow + 3_600_000),
    decimals.completed,
    third.raised,
    poetry.created,
    clientEdited(FERREIRA.id, 'Daniel Ferreira', daniel({ street: '27 Orchard Road' })),
    third.paid,
    poetry.cancelled,
    fourth.raised,
    fractions.moved(tomorrow + DAY_MS + 1_800_000),
    fourth.paid,
    clientEdited(KHAN.id, 'Aisha Khan', aisha({ mobile: '07700 900418', status: 'live', town: 'Bath' })),
  ];
}
