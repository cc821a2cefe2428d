import { objects } from '../objects/index.ts';
import { lesson } from '../objects/lesson.ts';
import { wellbeingConcernActions } from '../objects/wellbeing-concern.ts';
import { anyObjectTrigger } from '../src/any-object-trigger.ts';
import { CONCERN_WORDS } from '../wire/models.ts';
import { objectTriggers } from './object-triggers.ts';

export const anyEventTriggers = [
  anyObjectTrigger({
    key: 'any_event',
    label: 'New Event',
    description: 'Triggers when anything happens in the branch.',
    objects,
    objectTriggers,
    sampleObject: lesson,
    except: wellbeingConcernActions,
    exceptAbout: CONCERN_WORDS,
  }),
];
