/**
 * The message about a missing `RELAY_ORIGIN`, with the host name that the platform gives to a service. The environment
 * variables that platforms set contain the host name.
 */

/** Returns the origin that a platform gives to a service; undefined outside of the platform. */
type OriginOf = (environment: NodeJS.ProcessEnv) => string | undefined;

const PLATFORMS: readonly [platform: string, originOf: OriginOf][] = [
  ['Render', ({ RENDER_EXTERNAL_URL: url }) => url],
  ['Railway', ({ RAILWAY_PUBLIC_DOMAIN: host }) => (host ? `https://${host}` : undefined)],
  ['Fly.io', ({ FLY_APP_NAME: app }) => (app ? `https://${app}.fly.dev` : undefined)],
];

/** Returns the platform that runs the process, and the origin that the platform gives it; null without a platform. */
function platformOriginIn(environment: NodeJS.ProcessEnv): { platform: string; origin: string } | null {
  for (const [platform, originOf] of PLATFORMS) {
    const url = originOf(environment);
    if (url && URL.canParse(url)) return { platform, origin: new URL(url).origin };
  }
  return null;
}

/**
 * Returns the message about a missing origin. The origin that the platform provides is used only if the operator asks for
 * it, because tokens and webhook URLs depend on the origin: every channel is lost when the relay moves to another name.
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
