/**
 * The error message for a missing `RELAY_ORIGIN`. On known hosting platforms, the message suggests the origin that the
 * platform announces in its environment variables.
 */

/** Returns the origin that a hosting platform gives to a service; undefined on other platforms. */
type OriginOf = (environment: NodeJS.ProcessEnv) => string | undefined;

const PLATFORMS: readonly [platform: string, originOf: OriginOf][] = [
  ['Render', ({ RENDER_EXTERNAL_URL: url }) => url],
  ['Railway', ({ RAILWAY_PUBLIC_DOMAIN: host }) => (host ? `https://${host}` : undefined)],
  ['Fly.io', ({ FLY_APP_NAME: app }) => (app ? `https://${app}.fly.dev` : undefined)],
];

/**
 * Returns the hosting platform that runs the process, and the origin that it gives to the relay; null if no platform is
 * recognized.
 */
function platformOriginIn(environment: NodeJS.ProcessEnv): { platform: string; origin: string } | null {
  for (const [platform, originOf] of PLATFORMS) {
    const url = originOf(environment);
    if (url && URL.canParse(url)) return { platform, origin: new URL(url).origin };
  }
  return null;
}

/**
 * Returns the error message for a missing origin. The message only suggests the platform's origin, because tokens and
 * webhook URLs depend on the origin. With the platform's origin, every channel is lost when the relay leaves the
 * platform.
 */
export function missingOrigin(environment: NodeJS.ProcessEnv): string {
  const given = platformOriginIn(environment);
  if (!given) {
    return 'RELAY_ORIGIN is missing. Set it to the public origin of this relay, such as https://relay.example.com.';
  }
  const { platform, origin } = given;
  return (
    'RELAY_ORIGIN is missing. Set it to a host name of your own that leads to this service, such as ' +
    `https://relay.example.com. If you have none, set it to ${origin}, the name that ${platform} gives this service. ` +
    `All channels are then replaced if you leave ${platform}.`
  );
}
