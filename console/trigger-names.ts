/** The triggers of the app, listed by the build. The page names events by the labels of their triggers. */

/** A trigger for one object. */
export interface TriggerName {
  readonly key: string;
  /** Its label in Zapier, such as `Lesson Completed`. */
  readonly label: string;
  /** The keys of its actions. */
  readonly actions: readonly string[];
}

/** The triggers, set by the build; null in the sources. */
export const BUILT_TRIGGERS: readonly TriggerName[] | null = null;
