import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import sample from './samples/tutoring-package.json' with { type: 'json' };

// TutorCruncher documents no package; these fields are the ones its users have seen.
export const packageObject = tutorCruncherObject({ word: 'package', sample, api: null });
