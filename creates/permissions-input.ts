import { choiceInput } from '../src/inputs/choice.ts';
import type { Input, InputText } from '../src/inputs/input.ts';
import { PERMISSIONS } from '../src/record/product-values.ts';

/** Returns the input for a tutor's permissions on a job, as documented in TutorCruncher's API docs. */
export const permissionsInput = (text: Omit<InputText, 'becomes'>): Input<string> =>
  choiceInput({ ...text, becomes: 'contractor_permissions' }, PERMISSIONS);
