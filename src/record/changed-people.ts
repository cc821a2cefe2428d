/** The changes of a lesson's people that TutorCruncher reports with separate actions. */

import type { PersonKind } from './participants.ts';

/** A change of a person of a lesson. */
export interface PersonChange {
  readonly change: 'added' | 'removed' | 'edited';
  readonly kind: Extract<PersonKind, 'tutor' | 'student'>;
}

const ACTION = /^(ADDED|REMOVED|EDITED)_(CONTRACTOR|SR)_(?:TO|FROM|ON)_APPOINTMENT$/;
const CHANGES = { ADDED: 'added', REMOVED: 'removed', EDITED: 'edited' } as const;
const isChangeWord = (word = ''): word is keyof typeof CHANGES => Object.hasOwn(CHANGES, word);

/** Returns the change of a person that an action reports; null for all other actions. */
export function personChangeOf(action: string): PersonChange | null {
  const [, word, person] = ACTION.exec(action) ?? [];
  return isChangeWord(word) ? { change: CHANGES[word], kind: person === 'SR' ? 'student' : 'tutor' } : null;
}
