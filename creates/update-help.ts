/** The help text of the record that an update changes. */
export const UPDATE_HELP =
  'Choose a record, or map an ID from an earlier step. A Zap must not update a record in response to its own update: if ' +
  'it starts with a trigger for updates, let it continue only if Event Message does not contain "via the API".';
