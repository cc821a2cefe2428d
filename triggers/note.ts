import sample from '../objects/samples/note.json' with { type: 'json' };
import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import { webhookTrigger } from '../src/trigger.ts';

export const note = tutorCruncherObject({ word: 'note', sample, api: { path: 'notes' } });

export const noteTriggers = [
  webhookTrigger({
    key: 'note_added',
    label: 'Note Added',
    description: 'Triggers when a note is added.',
    object: note,
    actions: { ADDED_A_NOTE: 'Added a Note' },
  }),
];
