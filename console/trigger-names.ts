/** The triggers of the app, whose labels the page uses to name events. The build lists them. */

/** A trigger for one object. */
export interface TriggerName {
  readonly key: string;
  /** Its label in Zapier, such as `Lesson Completed`. */
  readonly label: string;
  /** The keys of its actions. */
  readonly actions: readonly string[];
}

/** The triggers; null in the sources. The build sets this constant. */
export const BUILT_TRIGGERS: readonly TriggerName[] | null = null;
