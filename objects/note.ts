import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/note.json' with { type: 'json' };

/** A note about a person or a job. */
export const note = tutorCruncherObject({
  word: 'note',
  sample,
  earlier: { text: 'Prefers to be called after five.' },
  api: { path: 'notes' },
});
