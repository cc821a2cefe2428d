import { numbered, type Version } from '../history.ts';
import { fromNow, polledList } from '../polled-list.ts';
import { DAY, HOUR, WEEK_END, WEEK_START } from '../simulated-time.ts';

/** The state of a job. */
interface JobVersion extends Version {
  readonly created: number;
  readonly hasTutor: boolean;
  readonly status: 'pending' | 'available' | 'in-progress' | 'gone-cold';
}

const WAITING = ['pending', 'available'];

/**
 * The possible sequences of a job's changes. Each change contains its time, in milliseconds after the creation of the
 * job.
 */
const FATES: readonly (readonly (readonly [after: number, change: Partial<JobVersion>])[])[] = [
  [],
  [[2 * DAY, { status: 'available' }]],
  // The job gets a tutor before or after it has waited for three days.
  [[DAY, { hasTutor: true }]],
  [[3 * DAY + 4 * HOUR, { status: 'in-progress', hasTutor: true }]],
  [[2 * DAY, { status: 'gone-cold' }]],
  // The job goes cold before it has waited for three days, and becomes available again a day after that time.
  [
    [2 * DAY, { status: 'gone-cold' }],
    [4 * DAY, { status: 'available' }],
  ],
  // A tutor leaves.
  [
    [DAY, { hasTutor: true }],
    [2 * DAY, { hasTutor: false }],
  ],
];

/** Returns the states of a job. */
function jobAt(created: number, fate: number): JobVersion[] {
  const versions: JobVersion[] = [{ from: created, created, status: 'pending', hasTutor: false }];
  for (const [after, change] of FATES[fate % FATES.length] ?? []) {
    const before = versions.at(-1);
    if (before) versions.push({ ...before, ...change, from: created + after });
  }
  return versions;
}

const dueJob = (index: number) => ({ created: fromNow(-3 * 24 - 1 - index), status: 'available', conjobs: [] });

export const list = polledList<JobVersion>({
  path: 'services',
  histories: (between) =>
    numbered(Array.from({ length: 400 }, (_, index) => jobAt(between(WEEK_START - 12 * DAY, WEEK_END - HOUR), index))),
  timeOf: ({ created }) => created,
  rowOf: (id, { created, status }, timeText) => ({ id, created: timeText(created), status, name: `Job ${id}` }),
  detailsOf: (_id, { hasTutor }) => ({ conjobs: hasTutor ? [{ contractor: 4, name: 'Hannah Whitlock' }] : [] }),
  due: { job_waiting_for_tutor: dueJob },
  newest: () => dueJob(0),
  zaps: [
    {
      trigger: 'job_waiting_for_tutor',
      title: 'Job Waiting for Tutor, 3 days after',
      condition: (id, { created, status, hasTutor }) =>
        hasTutor || !WAITING.includes(status)
          ? null
          : { id: `${id}@3`, from: created + 3 * DAY, to: created + 8 * DAY },
      requestsPerHour: 125,
    },
  ],
});
