import { tutor } from '../objects/tutor.ts';
import { isJsonObject } from '../wire/json.ts';
import { objectAction } from '../src/create.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { refersTo } from '../src/list-search.ts';
import { readChosen } from '../src/object-record.ts';
import { TUTOR } from './member-inputs.ts';

const SUBJECT = recordInput(
  { key: 'subject', label: 'Subject', becomes: 'subject', required: true },
  { list: 'subject_list' },
);
const LEVEL = recordInput(
  { key: 'level', label: 'Level', becomes: 'qual_level', required: true },
  { list: 'level_list' },
);

export const addTutorSkill = objectAction({
  key: 'add_tutor_skill',
  label: 'Add Skill to Tutor',
  description:
    'Adds a subject and level to the skills of a tutor. If the tutor has the skill already, nothing changes.',
  object: tutor,
  inputs: [TUTOR, SUBJECT, LEVEL],
  isExclusive: true,
  toWrite: async (values, body, run) => {
    const [subject, level] = [values.required(SUBJECT), values.required(LEVEL)];
    const found = await readChosen(run, tutor, values.required(TUTOR));
    const skills = Array.isArray(found.skills) ? found.skills.filter(isJsonObject) : [];
    // TutorCruncher may save the same skill twice.
    if (skills.some((skill) => refersTo(skill.subject, subject) && refersTo(skill.qual_level, level))) {
      return { existing: found };
    }
    return { method: 'POST', path: 'contractor-skills/', body, target: found };
  },
  unknownOutcome:
    'The skill may have been added all the same. Replaying this run does no harm: a skill that the tutor has is not added ' +
    'again.',
});
