import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import subject from './samples/review.json' with { type: 'json' };

/**
 * A client's review of a tutor. TutorCruncher reports a review with an event about the tutor, and this event does not
 * contain the review.
 */
export const review = tutorCruncherObject({
  word: 'review',
  sample: { events: [{ action: '', subject }] },
  earlier: {},
  api: { path: 'reviews', hasFullRows: true, hasCustomFields: true },
});
