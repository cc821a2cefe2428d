import type { EventView } from '../../src/instant/event-view.ts';
import type { TutorCruncherObject } from '../../src/object/tutorcruncher-object.ts';

/** Returns the view of a trigger about an object in an app that is built for a relay. */
export const relayedView = ({ layout }: TutorCruncherObject): EventView => ({
  isRelayed: true,
  isOfAnyObject: false,
  hasBalances: false,
  namesPeople: false,
  layoutFor: () => layout,
  subjectIn: ({ subject }) => subject,
});
