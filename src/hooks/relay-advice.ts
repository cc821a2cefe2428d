/** Advice for the owner of a Zap whose connection the relay refuses, or whose connection cannot use the relay. */

const SHORT_CHANNEL = 8;

/** Advice for a connection whose channel the relay does not register or serve. */
export const CONNECTION_REFUSED =
  'The relay between TutorCruncher and Zapier does not accept this connection. Ask the person who gave you this ' +
  "app: the relay's operator must allow the connection, or raise the maximum number of channels.";

/** Advice for a relay whose origin differs from the origin for which the app was built. */
export const builtForAnother = (origin: string): string =>
  `This app was built for the relay at ${origin}, but the relay that responds there has another address. Ask the ` +
  "person who gave you this app: its developer must build it for the relay's address, or the relay's operator " +
  'must correct RELAY_ORIGIN.';

/**
 * Advice for a channel whose events are sealed for another key. A channel keeps its first key, so that an attacker who
 * has stolen the token cannot replace the key.
 */
export const sealedForAnother = (channel: string): string =>
  'The relay between TutorCruncher and Zapier seals the events of this connection for a key that the connection does not ' +
  'have, so its Zaps could not read them. Send this message to the person who gave you this app, and ask them to make the ' +
  `relay forget the channel ${channel.slice(0, SHORT_CHANNEL)}. Then turn every Zap of this connection off and on again, ` +
  'and paste the URL that its trigger shows into TutorCruncher.';
