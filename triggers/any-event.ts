import { anyObjectTrigger } from '../src/webhook-trigger.ts';
import { lesson } from './lesson.ts';
import { objects } from './objects.ts';
import { wellbeingConcernActions } from './wellbeing-concern.ts';

export const anyEventTriggers = [
  anyObjectTrigger({
    key: 'any_event',
    label: 'New Event',
    description: 'Triggers when anything happens in the branch, except wellbeing concerns unless you choose them.',
    objects,
    sampleObject: lesson,
    except: wellbeingConcernActions,
  }),
];
