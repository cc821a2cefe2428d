import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/tutoring-package.json' with { type: 'json' };

/**
 * A package of lessons that clients buy. TutorCruncher does not document the fields of packages. The fields in the
 * sample were observed.
 */
export const packageObject = tutorCruncherObject({ word: 'package', sample, earlier: { cost: '380.00' }, api: null });
