import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/note.json' with { type: 'json' };

export const note = tutorCruncherObject({ word: 'note', sample, api: { path: 'notes' } });
