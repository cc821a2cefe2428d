import { anyObjectTrigger } from '../src/trigger.ts';
import { lesson } from '../objects/lesson.ts';
import { objects } from '../objects/index.ts';
import { wellbeingConcernActions } from '../objects/wellbeing-concern.ts';

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
