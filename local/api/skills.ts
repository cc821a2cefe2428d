/** Skills of tutors: a subject and a level. */

import type { JsonObject } from '../../wire/json.ts';
import { choiceOf } from './choices.ts';
import { fieldErrors, hasErrors, type Fields } from './fields.ts';
import { badRequest, type ApiResponse } from './response.ts';
import { EDITED, type Write } from './write.ts';

const FIELDS: Fields = {
  contractor: { type: 'field', required: true, list: 'contractors' },
  subject: { type: 'field', required: true, list: 'subjects' },
  qual_level: { type: 'field', required: true, list: 'qual_levels' },
};

/** Adds a skill to a tutor, even if the tutor already has it. The response is the skill, not the tutor. */
export function createSkill({ account, body, announce }: Write): ApiResponse {
  const errors = fieldErrors(FIELDS, body, account);
  if (hasErrors(errors)) return badRequest(errors);
  const id = Number(body.contractor);
  const skills = (account.find('contractors', id)?.skills ?? []) as JsonObject[];
  const skill = {
    id: 900 + skills.length,
    contractor: account.reference('contractors', id),
    subject: choiceOf('subjects', body.subject),
    qual_level: choiceOf('qual_levels', body.qual_level),
  };
  account.change('contractors', id, { skills: [...skills, skill] });
  announce({ action: 'EDITED_SKILLS', verb: 'Edited Skills', message: EDITED, path: 'contractors', id });
  return [200, skill];
}
