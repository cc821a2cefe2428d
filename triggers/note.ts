import { note } from '../objects/note.ts';
import { objectTrigger } from '../src/object-trigger.ts';

export const noteTriggers = [
  objectTrigger({
    key: 'note_added',
    label: 'Note Added',
    description: 'Triggers when a note is added.',
    object: note,
    actions: { ADDED_A_NOTE: 'Added a Note' },
    earlier: null,
    requirement: { time: 'dt_created' },
  }),
];
