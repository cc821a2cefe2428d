/** Skills of tutors: a subject and a level. */

import type { JsonObject } from '../../wire/json.ts';
import { objectsIn, valuesOf, type Fields } from './fields.ts';
import { EDITED, type Write } from './write.ts';

const FIELDS: Fields = {
  contractor: { type: 'field', required: true, list: 'contractors' },
  subject: { type: 'field', required: true, list: 'subjects' },
  qual_level: { type: 'field', required: true, list: 'qual_levels' },
};

/** Adds a skill to a tutor, even if the tutor already has it. Returns the skill, not the tutor. */
export function createSkill(write: Write): JsonObject {
  const { account, body, announce } = write;
  const values = valuesOf(FIELDS, write);
  const id = Number(body.contractor);
  const skills = objectsIn(account.find('contractors', id)?.skills);
  const skill = { id: 900 + skills.length, ...values };
  account.change('contractors', id, { skills: [...skills, skill] });
  announce({ action: 'EDITED_SKILLS', verb: 'Edited Skills', message: EDITED, path: 'contractors', id });
  return skill;
}
