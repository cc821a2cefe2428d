import { tutor } from '../objects/tutor.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { allEnded } from '../src/all-ended.ts';
import { ListReading } from '../src/api/list-reading.ts';
import { objectAction } from '../src/action/action.ts';
import { objectInput, recordInput } from '../src/inputs/record-input.ts';
import { readChosen } from '../src/object/object-record.ts';
import { comparable } from '../src/record/spelling.ts';
import { refersTo, rowId, rowText } from '../src/api/rows.ts';
import type { StepRun } from '../src/api/step-run.ts';

const TUTOR = objectInput('tutor', { becomes: 'contractor', required: true });
const SUBJECT = recordInput('subject', 'subject_list', { required: true });
const LEVEL = recordInput('level', 'level_list', { becomes: 'qual_level', required: true });

/** Maximum number of pages of the list of subjects or levels that the step reads. A page has 100 rows. */
const MAX_PAGES = 5;

/** A chosen subject or level. */
interface Choice {
  readonly id: string;
  /** The name for comparison; null if the name is unknown. */
  readonly name: string | null;
  /** True if no other subject or level has the same name. */
  readonly isUnique: boolean;
}

/** Reads the name of a chosen subject or level from its list. */
async function readChoice(run: StepRun, path: string, id: string): Promise<Choice> {
  let name: string | null = null;
  const otherNames = new Set<string>();
  const reading = new ListReading();
  for (let hasMore = true; hasMore && reading.pages < MAX_PAGES;) {
    const page = await run.readPage(path, {}, reading.pages + 1);
    reading.add(page);
    for (const row of page.rows) {
      const rowName = comparable(rowText(row, 'name'));
      if (rowId(row) === id) name = rowName || null;
      else otherNames.add(rowName);
    }
    ({ hasMore } = page);
  }
  // A subject or level without a name, or on a page that was not read, could have the same name.
  const isUnique = reading.isWhole && name !== null && !otherNames.has(name) && !otherNames.has('');
  return { id, name, isUnique };
}

type Match = 'same' | 'different' | 'unknown';

/** Compares a choice with the subject or level of a skill, which is a record, an id or a name. */
function compare(value: unknown, { id, name, isUnique }: Choice): Match {
  if (refersTo(value, id)) return 'same';
  if (typeof value !== 'string') return 'different';
  if (name !== null && comparable(value) !== name) return 'different';
  return isUnique ? 'same' : 'unknown';
}

function compareSkill(skill: JsonObject, subject: Choice, level: Choice): Match {
  const matches = [compare(skill.subject, subject), compare(skill.qual_level, level)];
  return matches.find((match) => match === 'different') ?? matches.find((match) => match === 'unknown') ?? 'same';
}

/**
 * Returns true if a tutor has a skill. Skills of the older shape contain the names of their subject and level instead
 * of records, and several subjects or levels can have the same name.
 *
 * @throws {Error} with a message for the Zap's owner, if TutorCruncher's responses do not show whether the tutor has
 *   the skill
 */
async function hasSkill(run: StepRun, found: JsonObject, subjectId: string, levelId: string): Promise<boolean> {
  const skills = Array.isArray(found.skills) ? found.skills.filter(isJsonObject) : [];
  const compared = (subject: Choice, level: Choice): Match[] =>
    skills.map((skill) => compareSkill(skill, subject, level));
  const byId = (id: string): Choice => ({ id, name: null, isUnique: false });
  let matches = compared(byId(subjectId), byId(levelId));
  if (!matches.includes('same') && matches.includes('unknown')) {
    const choices = [readChoice(run, 'subjects/', subjectId), readChoice(run, 'qual_levels/', levelId)] as const;
    matches = compared(...(await allEnded(choices)));
  }
  if (matches.includes('same')) return true;
  if (!matches.includes('unknown')) return false;
  throw run.refusal(
    "This step cannot tell whether the tutor already has the skill. TutorCruncher returned only the names of the tutor's " +
      'subjects and levels, and these do not identify the skill. Nothing was changed. Look at the tutor in TutorCruncher, ' +
      'and add the skill there if it is missing.',
  );
}

export const addTutorSkill = objectAction({
  key: 'add_tutor_skill',
  label: 'Add Skill to Tutor',
  description:
    'Adds a subject and level to the skills of a tutor. If the tutor already has the skill, nothing changes. If ' +
    'TutorCruncher does not show whether the tutor has the skill, the step fails.',
  object: tutor,
  inputs: [TUTOR, SUBJECT, LEVEL],
  isExclusive: true,
  toWrite: async (values, body, run) => {
    const [subject, level] = [values.required(SUBJECT), values.required(LEVEL)];
    const found = await readChosen(run, tutor, values.required(TUTOR));
    // TutorCruncher might save the same skill twice.
    if (await hasSkill(run, found, subject, level)) return { existing: found };
    return { method: 'POST', path: 'contractor-skills/', body, target: found };
  },
  unknownOutcome: {
    advice: 'The skill may still have been added. Look at the skills of the tutor in TutorCruncher.',
    replay: 'adds the skill unless the tutor has it',
  },
});
