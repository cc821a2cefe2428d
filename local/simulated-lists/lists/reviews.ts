import { numbered, type Version } from '../history.ts';
import { CLIENT, fromNow, polledList } from '../polled-list.ts';
import { DAY, HOUR, WEEK_END, WEEK_START } from '../simulated-time.ts';

/** The state of a review. */
interface ReviewVersion extends Version {
  readonly created: number;
}

/** Returns the states of a review. Some reviews are edited or deleted later. */
function reviewAt(created: number, fate: number): ReviewVersion[] {
  const written = { from: created, created, status: 'written' };
  if (fate % 4 === 1) return [written, { ...written, from: created + 2 * HOUR, status: 'edited' }];
  return fate % 4 === 2 ? [written, { ...written, from: created + 5 * HOUR, status: 'deleted' }] : [written];
}

const dueReview = (index: number) => ({ date_created: fromNow(-1 - index), extra_attrs: [] });

export const list = polledList<ReviewVersion>({
  path: 'reviews',
  histories: (between) =>
    numbered(
      Array.from({ length: 100 }, (_, index) => reviewAt(between(WEEK_START - 10 * DAY, WEEK_END - HOUR), index)),
    ),
  timeOf: ({ created }) => created,
  rowOf: (id, { created }, timeText) => ({
    id,
    date_created: timeText(created),
    client: CLIENT,
    contractor: { id: 4, last_name: 'Whitlock' },
    extra_attrs: [],
  }),
  due: { review_created: dueReview },
  newest: () => ({ date_created: fromNow(-1) }),
  zaps: [
    {
      trigger: 'review_created',
      title: 'New Review',
      condition: (id, { created, status }) =>
        status === 'deleted' ? null : { id: String(id), from: created, to: created + 5 * DAY },
      requestsPerHour: 62,
    },
  ],
});
