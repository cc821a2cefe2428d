import { anyObjectTrigger } from '../src/webhook-trigger.ts';
import { lesson } from './lesson.ts';
import { objects } from './objects.ts';
import { wellbeingConcernActions } from './wellbeing-concern.ts';

export const anyEventTriggers = [
  anyObjectTrigger({
    key: 'any_event',
    label: 'New Event',
    description: 'Triggers when anything happens that a webhook is sent for, except wellbeing concerns.',
    objects,
    sampleObject: lesson,
    except: wellbeingConcernActions,
  }),
];
