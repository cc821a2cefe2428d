/** The texts that Zapier shows for a trigger. */
export interface TriggerText {
  readonly key: string;
  readonly label: string;
  readonly description: string;
  /** The description in apps without a relay; missing if `description` also applies to these apps. */
  readonly descriptionWithoutRelay?: string;
}
