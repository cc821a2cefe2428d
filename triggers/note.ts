import { note } from '../objects/note.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';

export const noteTriggers = triggersAbout({ object: note }, [
  {
    key: 'note_added',
    label: 'Note Added',
    description: 'Triggers when a note is added.',
    actions: { ADDED_A_NOTE: 'Added a Note' },
    requirement: { time: 'dt_created' },
  },
]);
