import { tutor } from '../objects/tutor.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { rowId } from '../src/api/records.ts';
import { objectAction } from '../src/create.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { comparable, refersTo, rowText } from '../src/list-search.ts';
import { readChosen } from '../src/object-record.ts';
import type { Run } from '../src/run.ts';
import { TUTOR } from './member-inputs.ts';

const SUBJECT = recordInput(
  { key: 'subject', label: 'Subject', becomes: 'subject', required: true },
  { list: 'subject_list' },
);
const LEVEL = recordInput(
  { key: 'level', label: 'Level', becomes: 'qual_level', required: true },
  { list: 'level_list' },
);

/** Maximum number of pages to read of the list of subjects or levels. A page has 100 rows. */
const MAX_PAGES = 5;

/**
 * Returns the name of a row of a list, for comparison.
 *
 * @param rowsNoun - the rows in the words of the Zap's owner
 * @returns null if the list does not contain the row, if the row has no name, or if another row has the same name
 * @throws {Error} with a message for the Zap's owner, if the list is too long
 */
async function nameIn(run: Run, path: string, rowsNoun: string, id: string): Promise<string | null> {
  let name = '';
  const otherNames = new Set<string>();
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { rows, hasMore } = await run.readPage(path, {}, page);
    for (const row of rows) {
      const rowName = comparable(rowText(row, 'name'));
      if (rowId(row) === id) name = rowName;
      else otherNames.add(rowName);
    }
    if (!hasMore) return name === '' || otherNames.has(name) ? null : name;
  }
  throw run.refusal(
    `There are too many ${rowsNoun} in TutorCruncher to compare their names with the skills of the tutor, so this step cannot ` +
      'tell whether the tutor already has the skill. Nothing was changed. Add the skill in TutorCruncher if it is missing.',
  );
}

const isNamed = (value: unknown, name: string): boolean => typeof value === 'string' && comparable(value) === name;

/** Returns true if skills contain a subject and level. Skills of the older shape contain their names instead of records. */
async function hasSkill(run: Run, skills: readonly JsonObject[], subject: string, level: string): Promise<boolean> {
  if (skills.some((skill) => refersTo(skill.subject, subject) && refersTo(skill.qual_level, level))) return true;
  const named = skills.filter((skill) => typeof skill.subject === 'string');
  if (named.length === 0) return false;
  const [subjectName, levelName] = await Promise.all([
    nameIn(run, 'subjects/', 'subjects', subject),
    nameIn(run, 'qual_levels/', 'levels', level),
  ]);
  if (subjectName === null || levelName === null) return false;
  return named.some((skill) => isNamed(skill.subject, subjectName) && isNamed(skill.qual_level, levelName));
}

export const addTutorSkill = objectAction({
  key: 'add_tutor_skill',
  label: 'Add Skill to Tutor',
  description:
    'Adds a subject and level to the skills of a tutor. If the tutor already has the skill, nothing changes.',
  object: tutor,
  inputs: [TUTOR, SUBJECT, LEVEL],
  isExclusive: true,
  toWrite: async (values, body, run) => {
    const [subject, level] = [values.required(SUBJECT), values.required(LEVEL)];
    const found = await readChosen(run, tutor, values.required(TUTOR));
    const skills = Array.isArray(found.skills) ? found.skills.filter(isJsonObject) : [];
    // TutorCruncher may save the same skill twice.
    if (await hasSkill(run, skills, subject, level)) return { existing: found };
    return { method: 'POST', path: 'contractor-skills/', body, target: found };
  },
  unknownOutcome:
    'The skill may still have been added. Replaying this run does no harm: a skill that the tutor has is not added ' +
    'again.',
});
